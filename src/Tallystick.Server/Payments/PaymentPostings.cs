using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>The postings of every event of this module: pure, so that the page docs/money-flow.md is checked against them.</summary>
internal static class PaymentPostings
{
    /// <summary>A one-off price came in: not ours and not the creator's until its refund window ends.</summary>
    public static JournalEntry PurchasePaid(
        PurchaseId purchase, Money gross, Money fee, bool available, DateTimeOffset at) => new(
        "purchase.paid",
        $"purchase/{purchase}/paid",
        at,
        [
            Clearing(gross.Currency, available).Debit(gross.Minor - fee.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            LedgerAccount.Deferred(purchase, gross.Currency).Credit(gross.Minor),
        ]);

    /// <summary>A wallet was topped up: owed to the buyer in full, the gateway's fee is the platform's.</summary>
    public static JournalEntry ToppedUp(
        TopUpId topUp, OrganisationId buyer, Money gross, Money fee, bool available, DateTimeOffset at) => new(
        "wallet.topped_up",
        $"top-up/{topUp}/paid",
        at,
        [
            Clearing(gross.Currency, available).Debit(gross.Minor - fee.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, gross.Currency).Credit(gross.Minor),
        ]);

    /// <summary>What was pending at the gateway can be used; a negative amount was taken out of what was pending.</summary>
    public static JournalEntry Settled(string balanceTransaction, Money net, DateTimeOffset at) => new(
        "gateway.settled",
        $"gateway/{balanceTransaction}/available",
        at,
        [
            Clearing(net.Currency, available: true).Debit(net.Minor),
            Clearing(net.Currency, available: false).Credit(net.Minor),
        ]);

    /// <summary>Money went back to the buyer, out of the accounts that held it; what they lack is a task for a person.</summary>
    public static JournalEntry Refunded(string refund, LedgerAccount from, long held, Money amount, bool available, DateTimeOffset at)
    {
        var covered = Math.Min(held, amount.Minor);
        return new(
            "payment.refunded",
            $"refund/{refund}",
            at,
            [
                from.Debit(covered),
                LedgerAccount.Of(AccountKind.Suspense, amount.Currency).Debit(amount.Minor - covered),
                Clearing(amount.Currency, available).Credit(amount.Minor),
            ]);
    }

    /// <summary>A refund that had succeeded came back from the bank: to what had covered it, else it is a task for a person.</summary>
    public static JournalEntry RefundReturned(
        string refund, LedgerAccount to, long uncovered, Money amount, bool available, DateTimeOffset at) => new(
        "payment.refund_returned",
        $"refund/{refund}/returned",
        at,
        [
            Clearing(amount.Currency, available).Debit(amount.Minor),
            to.Credit(amount.Minor - uncovered),
            LedgerAccount.Of(AccountKind.Suspense, amount.Currency).Credit(uncovered),
        ]);

    /// <summary>A buyer wants unused money back: it leaves the wallet before it is sent.</summary>
    public static JournalEntry WalletRefundAsked(WalletRefundId refund, OrganisationId buyer, Money amount, DateTimeOffset at) => new(
        "wallet.refund_asked",
        $"wallet-refund/{refund}/asked",
        at,
        [
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The gateway refused a part of it for good: it is the wallet's again.</summary>
    public static JournalEntry WalletRefundDropped(string part, OrganisationId buyer, Money amount, DateTimeOffset at) => new(
        "wallet.refund_dropped",
        $"wallet-refund/{part}/dropped",
        at,
        [
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>
    /// A dispute moved money at the gateway: withdrawn (negative, with a fee) or given back. It waits in the reserve
    /// until the bank has decided whose it is.
    /// </summary>
    public static JournalEntry DisputeMoved(
        string balanceTransaction, Money amount, Money fee, bool available, DateTimeOffset at) => new(
        amount.Minor < 0 ? "dispute.funds_withdrawn" : "dispute.funds_reinstated",
        $"dispute/{balanceTransaction}",
        at,
        [
            LedgerAccount.Of(AccountKind.DisputeReserve, amount.Currency).Credit(amount.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            Clearing(amount.Currency, available).Debit(amount.Minor - fee.Minor),
        ]);

    /// <summary>A dispute was lost: whoever holds the money bears it, as far as it is there; the rest stays in the reserve.</summary>
    public static JournalEntry DisputeLost(string dispute, LedgerAccount from, Money covered, DateTimeOffset at) => new(
        "dispute.lost",
        $"dispute/{dispute}/lost",
        at,
        [from.Debit(covered.Minor), LedgerAccount.Of(AccountKind.DisputeReserve, covered.Currency).Credit(covered.Minor)]);

    private static LedgerAccount Clearing(Currency currency, bool available) =>
        LedgerAccount.Of(available ? AccountKind.GatewayAvailable : AccountKind.GatewayPending, currency);

    private static LedgerAccount Fees(Currency currency) => LedgerAccount.Of(AccountKind.GatewayFees, currency);
}
