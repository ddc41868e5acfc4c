using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Payments;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payouts;
using Tallystick.Server.Royalties;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>The worked examples of docs/money-flow.md as the code posts them.</summary>
internal static class MoneyFlowExamples
{
    public static readonly OrganisationId Ada = Org(1);
    public static readonly OrganisationId Ben = Org(2);
    public static readonly OrganisationId Buyer = Org(9);

    /// <summary>Those in tables with steps, in the order of the page.</summary>
    public static JournalEntry[] InSteps() =>
    [
        .. Example(), .. NewPayee(), .. LostDisputes(), .. OwnWork(), .. Refunds(), .. RefundsThatTurn(), .. Unasked(), .. Kept(),
        .. Conversions(),
    ];

    public static OrganisationId Org(int n) => new(new Guid(n, 0, 0, new byte[8]));

    private static IEnumerable<JournalEntry> Example()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        yield return PaymentPostings.ToppedUp(default, Buyer, new(5_000, usd), new(175, usd), available: false, at);
        yield return PaymentPostings.Settled("txn", new(4_825, usd), at);
        var price = new Price(new Money(5, usd), Meter.BytesDelivered, 1_000_000);
        var line = ChargeLine.Of(price, 333_333_333, ExactAmount.Zero, 5_000);
        var rule = RuleCheck.Flatten(new RoyaltyRule([new(7_000, Ada), new(3_000, Ben)]));
        var split = ChargeSplit.Of(line.Charged, 1_500, rule, new Holdback(1_000));
        yield return ChargePostings.Usage(default, default, "1", Buyer, usd, split, at);
        var paid = new Money(split.Shares[0].Payable, usd);
        yield return PayoutPostings.Queued(default, Ada, paid, at);
        yield return PayoutPostings.Paid(default, Ada, paid, at);
        yield return ChargePostings.HoldbackReleased("holdback", Ada, new Money(split.Shares[0].HeldBack, usd), at);
    }

    /// <summary>Ada is new: all of her share of a purchase is held back, and released on its day.</summary>
    private static IEnumerable<JournalEntry> NewPayee()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        yield return PaymentPostings.PurchasePaid(default, new(1_000, usd), new(59, usd), available: false, at);
        var rule = RuleCheck.Flatten(new RoyaltyRule([new(10_000, Ada)]));
        var split = ChargeSplit.Of(1_000, 1_000, rule, new Holdback(1_000, 10_000, new HashSet<OrganisationId> { Ada }));
        yield return ChargePostings.Purchase(default, default, usd, split, at);
        yield return ChargePostings.HoldbackReleased("holdback", Ada, new Money(split.Shares[0].HeldAsNew, usd), at);
    }

    /// <summary>Tops up 50, uses 30, the bank takes the 50 back; tops up 100; the bank gives the 50 back.</summary>
    private static IEnumerable<JournalEntry> LostDisputes()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        var (wallet, debt) = (LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, usd), LedgerAccount.Of(AccountKind.BuyerDebt, Buyer, usd));
        yield return PaymentPostings.DisputeMoved("txn", new(-5_000, usd), new(1_500, usd), available: true, at);
        var lost = PaymentPostings.DisputeLost("dp", wallet, new(2_000, usd), debt, 3_000, at);
        yield return lost;
        yield return PaymentPostings.ToppedUp(default, Buyer, new(10_000, usd), new(320, usd), available: false, at);
        yield return PaymentPostings.DebtCollected(1, Buyer, new(3_000, usd), at);
        yield return PaymentPostings.DisputeMoved("txn2", new(5_000, usd), new(0, usd), available: true, at);
        yield return Undone(lost, PaymentPostings.DisputeLostUndone);
        yield return PaymentPostings.DebtReturned(2, Buyer, new(3_000, usd), at);
        var shared = ChargePostings.SharedDisputeLost("dp", usd, new(100, [new(Ada, new(50, 0, 850))]), at);
        yield return shared;
        yield return ChargePostings.DebtSettled(default, Ada, new(850, usd), at);
        yield return Undone(shared, ChargePostings.SharedDisputeLostUndone);
        yield return ChargePostings.DebtForgiven("dispute", Ada, new(850, usd), at);
        yield return RefundPostings.Refunded("re", wallet, 2_000, debt, new(5_000, usd), available: true, at);
    }

    private static IEnumerable<JournalEntry> OwnWork()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        yield return PaymentPostings.DisputeLost(
            "dp", LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, usd), new(2_000, usd),
            LedgerAccount.Of(AccountKind.BuyerDebt, Buyer, usd), 3_000, at);
        var borne = FundedLoss.Of(new FundedPortion(2_700, 0, 3_000, 3_000, true), 0, 0, 3_000);
        yield return ChargePostings.FundedShareLost(new(default, Buyer, usd, 5_000, "dp", IsRefund: false), 1, [new(Ada, borne)], at);
        var byHand = ChargePostings.FundedShareLost(new(default, Buyer, usd, 5_000, "re", IsRefund: true), 1, [new(Ada, borne)], at);
        yield return byHand;
        yield return Undone(byHand, ChargePostings.RefundReachedShareUndone);
    }

    private static IEnumerable<JournalEntry> Refunds()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        var back = RevocationRefund.Of(Licence(at), at);
        yield return Revoked(at);
        yield return RefundPostings.Refunded(
            "re", LedgerAccount.Of(AccountKind.RefundInTransit, Buyer, usd), back, LedgerAccount.Of(AccountKind.Suspense, usd),
            new(back, usd), available: true, at);
        yield return RefundPostings.WalletRefundAsked(
            default, Buyer, new(1_000_000, usd), at, WalletRefundFee.Of(1_000_000, 1_000_000, 29_030, 1));
    }

    private static RevokedLicence Licence(DateTimeOffset at) => new(1_000, 365, at.AddDays(365), 3, 1);

    private static JournalEntry Revoked(DateTimeOffset at)
    {
        var cover = RevocationRefund.Cover(
            RevocationRefund.Of(Licence(at), at), 1_000, new(Deferred: 0, HeldBack: 90, Payable: 410, Unsent: 400, Debt: 0));
        return RefundPostings.RevocationRefundAsked(new(default, Currency.Usd, cover), Buyer, Ada, MissingBearer.None, at);
    }

    /// <summary>Refunds that end otherwise than they began: of a shared purchase, of a revoked licence, of a wallet.</summary>
    private static IEnumerable<JournalEntry> RefundsThatTurn()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        var (suspense, wallet) = (LedgerAccount.Of(AccountKind.Suspense, usd), LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, usd));
        var (debt, transit) = (LedgerAccount.Of(AccountKind.BuyerDebt, Buyer, usd), LedgerAccount.Of(AccountKind.RefundInTransit, Buyer, usd));
        yield return RefundPostings.Refunded("re", LedgerAccount.Deferred(default, usd), 0, suspense, new(1_000, usd), available: true, at);
        var loss = SharedLoss.Of(1_000, new SalePart(100), [new SalePart(900, HeldBack: 90)]);
        var borne = ChargePostings.RefundBorne(
            new UncoveredRefund("re", default, usd, 1_000), new BorneSale(loss.Fee, [new(Ada, loss.Payees[0])]), at);
        yield return borne;
        yield return Undone(borne, RefundPostings.RefundBorneUndone);
        yield return RefundPostings.RefundReturned("re", suspense, suspense, 1_000, new(1_000, usd), available: true, at);
        yield return RefundPostings.RevocationRefundToWallet(default, Buyer, new(667, usd), at);
        yield return Undone(Revoked(at), RefundPostings.RevocationRefundUndone);
        var fee = WalletRefundFee.Of(2_000, 5_000, 175, 1);
        var asked = RefundPostings.WalletRefundAsked(default, Buyer, new(2_000, usd), at, fee);
        yield return asked;
        yield return RefundPostings.WalletRefundDropped("part", Buyer, new(2_000, usd), at, fee);
        yield return asked;
        yield return RefundPostings.Refunded("re", transit, 2_000 - fee, debt, new(2_000 - fee, usd), available: true, at);
        yield return RefundPostings.WalletRefundFeeReturned("part", Buyer, new(fee, usd), at);
        yield return RefundPostings.RefundReturned("re", wallet, debt, 0, new(2_000 - fee, usd), available: true, at);
    }

    public static IEnumerable<JournalEntry> Waited()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        var net = PayoutDecision.Net(893, 300, 1);
        yield return PayoutPostings.Netted(default, 1, Ada, new(net.Settled, usd), at);
        yield return PayoutPostings.Paid(default, Ada, new(net.Sent, usd), at);
        yield return PayoutPostings.Reversed(default, "txn", Ada, new(200, usd), 0, available: true, at);
        yield return PaymentPostings.BankMoved(PaymentPostings.PaidOut, "txn", new(-3_000, usd), new(25, usd), available: true, at);
        yield return PaymentPostings.BankMoved(PaymentPostings.PayoutReturned, "txn", new(3_000, usd), new(0, usd), available: true, at);
        yield return PaymentPostings.FeeCharged("txn", new(-200, usd), available: true, at);
    }

    /// <summary>What came to the gateway, or left it, and no event of ours had asked for.</summary>
    private static IEnumerable<JournalEntry> Unasked()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        yield return PaymentPostings.Unmatched("ch", new(1_000, usd), new(59, usd), available: false, at);
        yield return PayoutPostings.PaidTwice(default, "tr", Ada, new(593, usd), available: true, at);
        yield return PayoutPostings.Reversed(default, "txn", Ada, new(593, usd), 593, available: true, at);
        yield return PaymentPostings.BankMoved(PaymentPostings.PutIn, "txn", new(10_000, usd), new(0, usd), available: true, at);
        yield return PaymentPostings.BookedByHand("txn", AccountKind.GatewayFees, new(-35, usd), available: true, at);
        yield return PaymentPostings.DifferenceBooked(1, new(25_000, usd), at);
    }

    /// <summary>A queued payout of 1.230 KWD, of which 0.005 settle a debt: the gateway moves two of the three decimals.</summary>
    private static IEnumerable<JournalEntry> Kept()
    {
        var (at, kwd) = (DateTimeOffset.UnixEpoch, Currency.Parse("KWD", null));
        var net = PayoutDecision.Net(1_230, 5, 10);
        yield return PayoutPostings.Netted(default, 1, Ada, new(net.Settled, kwd), at);
        yield return PayoutPostings.Kept(default, 1, Ada, new(net.Kept, kwd), at);
        yield return PayoutPostings.Paid(default, Ada, new(net.Sent, kwd), at);
    }

    private static IEnumerable<JournalEntry> Conversions()
    {
        var (at, usd, eur) = (DateTimeOffset.UnixEpoch, Currency.Usd, Currency.Eur);
        yield return PaymentPostings.PurchasePaid(default, new(1_000, eur), new(64, usd), available: false, at, new Money(1_080, usd));
        yield return RefundPostings.Refunded(
            "re", LedgerAccount.Deferred(default, eur), 1_000, LedgerAccount.Of(AccountKind.Suspense, eur), new(1_000, eur),
            available: true, at, new Money(1_100, usd));
    }

    private static JournalEntry Undone(JournalEntry entry, string kind) => new(
        kind, entry.Reference, entry.At, [.. entry.Lines.Select(l => l with { Amount = -l.Amount })]);
}
