using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>The postings of every event of this module: pure, and shown in docs/money-flow.md.</summary>
internal static class ChargePostings
{
    /// <summary>Usage drew the wallet down: the buyer owes nothing for it, the payees and the platform have earned it.</summary>
    /// <param name="line">Which of the licence's lines in this run: one for each rule, and those that collect what was owed.</param>
    public static JournalEntry Usage(
        BillingRunId run, LicenceId licence, string line, OrganisationId buyer, Currency currency, ChargeSplit split,
        DateTimeOffset at) => Charge(
            "usage.charged",
            $"charge/{run}/{licence}/{line}",
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, currency),
            split,
            at);

    /// <summary>A refund window ended: what was deferred is earned.</summary>
    public static JournalEntry Purchase(
        BillingRunId run, PurchaseId purchase, Currency currency, ChargeSplit split, DateTimeOffset at) => Charge(
        "purchase.shared", $"charge/{run}/{purchase}", LedgerAccount.Deferred(purchase, currency), split, at);

    /// <summary>What was held back for disputes is owed now.</summary>
    public static JournalEntry HoldbackReleased(
        string reference, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "holdback.released",
        reference,
        at,
        [
            LedgerAccount.Of(AccountKind.Holdback, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>A debt from a lost dispute is taken out of what is owed.</summary>
    public static JournalEntry DebtSettled(BillingRunId run, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "debt.settled",
        $"debt/{run}/{payee}/{amount.Currency}",
        at,
        [
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.CreatorDebt, payee, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>
    /// A dispute about money that was shared is lost: each payee bears their share, first from what is held back, then as
    /// a debt; the platform gives up its fee.
    /// </summary>
    public static JournalEntry SharedDisputeLost(string dispute, Currency currency, BorneSale borne, DateTimeOffset at) => new(
        "dispute.lost_after_sharing",
        LostSharedReference(dispute),
        at,
        [.. Bearing(borne, currency), LedgerAccount.Of(AccountKind.DisputeReserve, currency).Credit(borne.Total)]);

    /// <summary>
    /// A refund made in the gateway's dashboard of a sale that had been shared is borne like a dispute that was lost; what they have
    /// not any more is the operator's loss.
    /// </summary>
    public static JournalEntry RefundBorne(UncoveredRefund refund, BorneSale borne, DateTimeOffset at) => new(
        "payment.refund_borne",
        refund.Reference,
        at,
        [
            .. Bearing(borne, refund.Currency),
            LedgerAccount.Of(AccountKind.OperatorLoss, refund.Currency).Debit(refund.Minor - borne.Total),
            LedgerAccount.Of(AccountKind.Suspense, refund.Currency).Credit(refund.Minor),
        ]);

    private static IEnumerable<JournalLine> Bearing(BorneSale borne, Currency currency)
    {
        yield return LedgerAccount.Of(AccountKind.PlatformFee, currency).Debit(borne.Fee);
        foreach (var (payee, part) in borne.Payees)
        {
            yield return LedgerAccount.Of(AccountKind.Holdback, payee, currency).Debit(part.FromHoldback);
            yield return LedgerAccount.Of(AccountKind.CreatorDebt, payee, currency).Debit(part.Debt);
        }
    }

    /// <summary>It was won after all: each line comes back.</summary>
    public const string SharedDisputeLostUndone = "dispute.lost_after_sharing_undone";

    public static string LostSharedReference(string loss) => $"dispute/{loss}/lost-shared";

    /// <summary>
    /// A top-up that was lost had paid for these shares: the payees bear it as far as policy says, and the buyer owes so much less.
    /// </summary>
    public static JournalEntry FundedShareLost(
        LostTopUp lost, long charge, IReadOnlyList<BorneShare> shares, DateTimeOffset at)
    {
        var currency = lost.Currency;
        var lines = new List<JournalLine>();
        foreach (var (payee, borne) in shares)
        {
            lines.Add(LedgerAccount.Of(AccountKind.Holdback, payee, currency).Debit(borne.FromHoldback));
            lines.Add(LedgerAccount.Of(AccountKind.CreatorPayable, payee, currency).Debit(borne.FromPayable));
            lines.Add(LedgerAccount.Of(AccountKind.CreatorDebt, payee, currency).Debit(borne.Debt));
        }

        lines.Add(LedgerAccount.Of(AccountKind.BuyerDebt, lost.Buyer, currency).Credit(shares.Sum(s => s.Total)));
        return new JournalEntry(
            lost.IsRefund ? "payment.refund_reached_share" : "dispute.reached_share", $"{ReachedReference(lost)}/{charge}", at, lines);
    }

    /// <summary>The bank sent the refund back: each line comes back.</summary>
    public const string RefundReachedShareUndone = "payment.refund_reached_share_undone";

    /// <summary>Below it stands, charge by charge, what a lost top-up reached.</summary>
    public static string ReachedReference(LostTopUp lost) =>
        lost.IsRefund ? $"refund/{lost.Name}/reached" : LostSharedReference(lost.Name);

    /// <summary>A debt that was paid is none any more: what was taken for it is owed again.</summary>
    public static JournalEntry DebtForgiven(string reference, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "debt.forgiven",
        reference,
        at,
        [
            LedgerAccount.Of(AccountKind.CreatorDebt, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, amount.Currency).Credit(amount.Minor),
        ]);

    private static JournalEntry Charge(
        string kind, string reference, LedgerAccount from, ChargeSplit split, DateTimeOffset at)
    {
        var lines = new List<JournalLine>(3 + (2 * split.Shares.Count))
        {
            from.Debit(split.Gross),
            LedgerAccount.Of(AccountKind.PlatformFee, from.Currency).Credit(split.Fee),
            LedgerAccount.Of(AccountKind.RoundingCarry, from.Currency).Credit(split.Rounding),
        };
        foreach (var share in split.Shares)
        {
            lines.Add(LedgerAccount.Of(AccountKind.CreatorPayable, share.Payee, from.Currency).Credit(share.Payable));
            lines.Add(LedgerAccount.Of(AccountKind.Holdback, share.Payee, from.Currency).Credit(share.HeldBack));
        }

        return new JournalEntry(kind, reference, at, lines);
    }
}
