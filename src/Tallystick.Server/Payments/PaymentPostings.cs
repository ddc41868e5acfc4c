using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using static Tallystick.Server.Payments.GatewayLines;

namespace Tallystick.Server.Payments;

/// <summary>
/// The postings of payments, disputes and the gateway's own movements; those of refunds stand in <see cref="RefundPostings"/>. Pure, so
/// that the page docs/money-flow.md is checked against them.
/// </summary>
internal static class PaymentPostings
{
    /// <summary>A one-off price came in: not ours and not the creator's until its refund window ends.</summary>
    public static JournalEntry PurchasePaid(
        PurchaseId purchase, Money gross, Money fee, bool available, DateTimeOffset at, Money? settled = null) => new(
        "purchase.paid",
        $"purchase/{purchase}/paid",
        at,
        [
            .. Received(gross, settled ?? gross, fee, available),
            LedgerAccount.Deferred(purchase, gross.Currency).Credit(gross.Minor),
        ]);

    /// <summary>A wallet was topped up: owed to the buyer in full, the gateway's fee is the platform's.</summary>
    public static JournalEntry ToppedUp(
        TopUpId topUp, OrganisationId buyer, Money gross, Money fee, bool available, DateTimeOffset at, Money? settled = null) => new(
        "wallet.topped_up",
        $"top-up/{topUp}/paid",
        at,
        [
            .. Received(gross, settled ?? gross, fee, available),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, gross.Currency).Credit(gross.Minor),
        ]);

    /// <summary>Paid at the gateway, and not what was asked for: it is somebody's, and a person must find out whose.</summary>
    public static JournalEntry Unmatched(string charge, Money settled, Money fee, bool available, DateTimeOffset at) => new(
        "payment.unmatched",
        $"payment/{charge}/unmatched",
        at,
        [
            Clearing(settled.Currency, available).Debit(settled.Minor - fee.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            LedgerAccount.Of(AccountKind.Suspense, settled.Currency).Credit(settled.Minor),
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

    /// <summary>
    /// A dispute moved money at the gateway: withdrawn (negative, with a fee) or given back. It waits in the reserve
    /// until the bank has decided whose it is.
    /// </summary>
    public static JournalEntry DisputeMoved(
        string balanceTransaction, Money amount, Money fee, bool available, DateTimeOffset at, Money? settled = null) => new(
        amount.Minor < 0 ? "dispute.funds_withdrawn" : "dispute.funds_reinstated",
        $"dispute/{balanceTransaction}",
        at,
        [
            LedgerAccount.Of(AccountKind.DisputeReserve, amount.Currency).Credit(amount.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            .. Received(amount, settled ?? amount, fee, available).Where(l => l.Account.Kind != AccountKind.GatewayFees),
        ]);

    /// <summary>
    /// A dispute was lost: what is still held for the payment bears it. What a wallet lacks was used and is the buyer's debt; what
    /// a purchase lacks was shared and stays in the reserve until its payees bear it.
    /// </summary>
    public static JournalEntry DisputeLost(string loss, LedgerAccount from, Money covered, LedgerAccount? owing, long owed, DateTimeOffset at,
        JournalLine? setAside = null)
    {
        var lines = new List<JournalLine> { from.Debit(covered.Minor) };
        if (owing is { } debt)
        {
            lines.Add(debt.Debit(owed));
        }

        if (setAside is { } refund)
        {
            lines.Add(refund);
        }

        lines.Add(LedgerAccount.Of(AccountKind.DisputeReserve, covered.Currency)
            .Credit(covered.Minor + owed + (setAside?.Amount.Minor ?? 0)));
        return new JournalEntry("dispute.lost", LostReference(loss), at, lines);
    }

    /// <summary>What was lost was won after all: each line comes back.</summary>
    public const string DisputeLostUndone = "dispute.lost_undone";

    public static string LostReference(string loss) => $"dispute/{loss}/lost";

    /// <summary>Money of a buyer became free: it pays what they owe, before anything new is used.</summary>
    public static JournalEntry DebtCollected(long number, OrganisationId buyer, Money amount, DateTimeOffset at) => new(
        "debt.collected",
        $"buyer-debt/{number}",
        at,
        [
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.BuyerDebt, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>More was collected of a debt than there is: a dispute was won after all.</summary>
    public static JournalEntry DebtReturned(long number, OrganisationId buyer, Money amount, DateTimeOffset at) => new(
        "debt.returned",
        $"buyer-debt/{number}",
        at,
        [
            LedgerAccount.Of(AccountKind.BuyerDebt, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>
    /// Money between the gateway and our own bank: paid out, sent back by the bank, or put in from there. What the gateway takes
    /// for it is the platform's.
    /// </summary>
    public static JournalEntry BankMoved(
        string kind, string balanceTransaction, Money amount, Money fee, bool available, DateTimeOffset at) => new(
        kind,
        $"gateway/{balanceTransaction}",
        at,
        [
            LedgerAccount.Of(AccountKind.Bank, amount.Currency).Credit(amount.Minor),
            Fees(fee.Currency).Debit(fee.Minor),
            Clearing(amount.Currency, available).Debit(amount.Minor - fee.Minor),
        ]);

    public const string PaidOut = "gateway.paid_out";
    public const string PayoutReturned = "gateway.payout_returned";
    public const string PutIn = "gateway.put_in";

    /// <summary>The gateway took a fee that belongs to no payment, or gave one back.</summary>
    public static JournalEntry FeeCharged(string balanceTransaction, Money net, bool available, DateTimeOffset at) => new(
        "gateway.fee_charged",
        $"gateway/{balanceTransaction}",
        at,
        [Fees(net.Currency).Credit(net.Minor), Clearing(net.Currency, available).Debit(net.Minor)]);

    /// <summary>A movement that no event of ours explains: the operator said what it is, a fee or money that nobody can name yet.</summary>
    public static JournalEntry BookedByHand(
        string balanceTransaction, AccountKind against, Money net, bool available, DateTimeOffset at) => new(
        "gateway.booked_by_hand",
        $"gateway/{balanceTransaction}/by-hand",
        at,
        [LedgerAccount.Of(against, net.Currency).Credit(net.Minor), Clearing(net.Currency, available).Debit(net.Minor)]);

    /// <summary>What the gateway had before our books began, or what nobody finds: it is suspense until somebody can name it.</summary>
    public static JournalEntry DifferenceBooked(long comparison, Money difference, DateTimeOffset at) => new(
        "gateway.difference_booked",
        $"gateway/difference/{comparison}",
        at,
        [
            LedgerAccount.Of(AccountKind.Suspense, difference.Currency).Credit(difference.Minor),
            Clearing(difference.Currency, available: true).Debit(difference.Minor),
        ]);
}
