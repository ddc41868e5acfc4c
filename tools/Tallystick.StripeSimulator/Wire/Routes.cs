using Tallystick.StripeSimulator.Resources;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>The simulated part of the interface: its table of contents.</summary>
internal static class Routes
{
    public static readonly Operation[] All =
    [
        .. Of("account", Accounts.Operations),
        .. AccountLinks.Operations,
        .. Of("checkout.session", CheckoutSessions.Operations),
        .. Of("payment_intent", PaymentIntents.Operations),
        .. Of("charge", Charges.Operations),
        .. Of("refund", Refunds.Operations),
        .. Of("transfer", Transfers.Operations),
        .. Of("transfer_reversal", TransferReversals.Operations),
        .. Balances.Operations,
        .. Of("balance_transaction", BalanceTransactions.Operations),
        .. Of("payout", Payouts.Operations),
        .. Of("dispute", Disputes.Operations),
        .. Events.Operations,
        .. Of("customer", Customers.Operations),
    ];

    public static Operation? Find(Operation[] table, string method, string path, out List<string> ids)
    {
        var segments = path.Split('/');
        ids = [];
        foreach (var operation in table)
            if (operation.Matches(method, segments, out ids))
                return operation;
        return null;
    }

    static IEnumerable<Operation> Of(string noun, Operation[] endpoints) => endpoints.Select(operation => operation.Of(noun));
}
