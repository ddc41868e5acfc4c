using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>The postings of every event of this module: pure, so that the page docs/money-flow.md is checked against them.</summary>
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
    /// Money went back to the buyer, out of the account that held it. What that lacks the buyer has used: of a wallet it is their
    /// debt, else a task for a person.
    /// </summary>
    public static JournalEntry Refunded(
        string refund, LedgerAccount from, long held, LedgerAccount rest, Money amount, bool available, DateTimeOffset at,
        Money? settled = null)
    {
        var covered = Math.Min(held, amount.Minor);
        return new(
            "payment.refunded",
            $"refund/{refund}",
            at,
            [
                from.Debit(covered),
                rest.Debit(amount.Minor - covered),
                .. Received(-amount, -(settled ?? amount), Money.Zero((settled ?? amount).Currency), available),
            ]);
    }

    /// <summary>What was refunded of a sale that had been shared is the operator's loss: the operator has said so.</summary>
    public static JournalEntry RefundBorneByOperator(string reference, Money amount, DateTimeOffset at) => new(
        "payment.refund_borne",
        reference,
        at,
        [
            LedgerAccount.Of(AccountKind.OperatorLoss, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.Suspense, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The bank sent back what somebody had borne: each line comes back.</summary>
    public const string RefundBorneUndone = "payment.refund_borne_undone";

    /// <summary>A refund that had succeeded came back from the bank: to what had borne it.</summary>
    public static JournalEntry RefundReturned(
        string refund, LedgerAccount to, LedgerAccount rest, long uncovered, Money amount, bool available, DateTimeOffset at,
        Money? settled = null) => new(
        "payment.refund_returned",
        $"refund/{refund}/returned",
        at,
        [
            .. Received(amount, settled ?? amount, Money.Zero((settled ?? amount).Currency), available),
            to.Credit(amount.Minor - uncovered),
            rest.Credit(uncovered),
        ]);

    /// <summary>
    /// A creator took a sold licence back: what was not used of it is set aside for the buyer, from what is deferred, else from the
    /// operator's fee in proportion and the creator alone. What nothing covers is borne as the operator has decided.
    /// </summary>
    public static JournalEntry RevocationRefundAsked(
        RevocationPlan plan, OrganisationId buyer, OrganisationId creator, MissingBearer bearer, DateTimeOffset at)
    {
        var (cover, currency) = (plan.Cover, plan.Currency);
        var (owes, loses) = bearer == MissingBearer.Operator ? (0, cover.Missing) : (cover.Missing, 0L);
        return new(
            "purchase.revocation_refund",
            RevocationReference(plan.PurchaseId),
            at,
            [
                LedgerAccount.Deferred(plan.PurchaseId, currency).Debit(cover.Deferred),
                LedgerAccount.Of(AccountKind.PlatformFee, currency).Debit(cover.Fee),
                LedgerAccount.Of(AccountKind.Holdback, creator, currency).Debit(cover.HeldBack),
                LedgerAccount.Of(AccountKind.CreatorPayable, creator, currency).Debit(cover.Payable),
                LedgerAccount.Of(AccountKind.CreatorDebt, creator, currency).Debit(cover.Unsent + owes),
                LedgerAccount.Of(AccountKind.OperatorLoss, currency).Debit(loses),
                LedgerAccount.Of(AccountKind.RefundInTransit, buyer, currency).Credit(cover.Total),
            ]);
    }

    /// <summary>The card does not take it: it is the buyer's all the same.</summary>
    public static JournalEntry RevocationRefundToWallet(PurchaseId purchase, OrganisationId buyer, Money amount, DateTimeOffset at, string after = "") => new(
        "purchase.revocation_refund_to_wallet",
        $"{RevocationReference(purchase)}/wallet{after}",
        at,
        [
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The buyer got the money by another way: each line comes back.</summary>
    public const string RevocationRefundUndone = "purchase.revocation_refund_undone";

    public static string RevocationReference(PurchaseId purchase) => $"purchase/{purchase}/revocation-refund";

    /// <summary>
    /// A buyer wants unused money back: it leaves the wallet before it is sent. A fee makes up for what the gateway keeps of the
    /// payments it came from.
    /// </summary>
    public static JournalEntry WalletRefundAsked(
        WalletRefundId refund, OrganisationId buyer, Money amount, DateTimeOffset at, long fee = 0) => new(
        "wallet.refund_asked",
        $"wallet-refund/{refund}/asked",
        at,
        [
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Debit(amount.Minor),
            Fees(amount.Currency).Credit(fee),
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Credit(amount.Minor - fee),
        ]);

    /// <summary>A refund came back from the bank after it had succeeded: then nothing was given back, and the fee is the buyer's.</summary>
    public static JournalEntry WalletRefundFeeReturned(string part, OrganisationId buyer, Money fee, DateTimeOffset at) => new(
        "wallet.refund_fee_returned",
        $"wallet-refund/{part}/fee-returned",
        at,
        [
            Fees(fee.Currency).Debit(fee.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, fee.Currency).Credit(fee.Minor),
        ]);

    /// <summary>The gateway refused a part of it for good: it is the wallet's again.</summary>
    public static JournalEntry WalletRefundDropped(
        string part, OrganisationId buyer, Money amount, DateTimeOffset at, long fee = 0) => new(
        "wallet.refund_dropped",
        $"wallet-refund/{part}/dropped",
        at,
        [
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Debit(amount.Minor - fee),
            Fees(amount.Currency).Debit(fee),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
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

    /// <summary>
    /// What the gateway moved on its side of an amount. Settled in another currency, the two are legs of one entry: each sums to
    /// zero in its own currency over the position between them.
    /// </summary>
    private static IEnumerable<JournalLine> Received(Money paid, Money settled, Money fee, bool available)
    {
        yield return Clearing(settled.Currency, available).Debit(settled.Minor - fee.Minor);
        yield return Fees(fee.Currency).Debit(fee.Minor);
        if (settled.Currency != paid.Currency)
        {
            yield return LedgerAccount.Of(AccountKind.FxPosition, settled.Currency).Credit(settled.Minor);
            yield return LedgerAccount.Of(AccountKind.FxPosition, paid.Currency).Debit(paid.Minor);
        }
    }

    private static LedgerAccount Clearing(Currency currency, bool available) =>
        LedgerAccount.Of(available ? AccountKind.GatewayAvailable : AccountKind.GatewayPending, currency);

    private static LedgerAccount Fees(Currency currency) => LedgerAccount.Of(AccountKind.GatewayFees, currency);
}
