using System.Globalization;
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

/// <summary>The page docs/money-flow.md, run.</summary>
public sealed class MoneyFlowTests
{
    private static readonly OrganisationId Buyer = Org(9);
    private static readonly OrganisationId Ada = Org(1);
    private static readonly OrganisationId Ben = Org(2);

    [Fact]
    public void The_worked_example_is_what_the_code_posts()
    {
        var written = new List<(string, string, long)>();
        var inExample = false;
        foreach (var line in Page().Split('\n'))
        {
            inExample = line.StartsWith("| step |", StringComparison.Ordinal) || (inExample && line.StartsWith('|'));
            if (inExample && line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries) is [var step, var account, var amount] &&
                long.TryParse(amount, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minor))
            {
                written.Add((step, account, minor));
            }
        }

        written.ShouldBe(Example().Concat(LostDisputes()).Concat(OwnWork()).Concat(Refunds()).Concat(Conversions()).SelectMany(e => e.Lines.Where(l => l.Amount.Minor != 0), (e, l) => (
            e.Kind, LedgerAccount.NameOf(l.Account.Kind) + Name(l.Account.Owner) + In(e, l), l.Amount.Minor)));
    }

    [Fact]
    public void The_example_of_what_the_gateway_moves_by_itself_is_what_the_code_posts()
    {
        var written = Page().Split('\n')
            .SkipWhile(l => !l.StartsWith("## A payout that waited", StringComparison.Ordinal))
            .SkipWhile(l => !l.StartsWith("| event |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .Select(c => (c[0], c[1], long.Parse(c[2], CultureInfo.InvariantCulture)));

        written.ShouldBe(Waited().SelectMany(e => e.Lines.Where(l => l.Amount.Minor != 0), (e, l) => (
            e.Kind, LedgerAccount.NameOf(l.Account.Kind) + Name(l.Account.Owner), l.Amount.Minor)));
    }

    [Fact]
    public void The_example_of_rounding_is_what_the_code_posts()
    {
        var remainders = new Dictionary<OrganisationId, Int128>();
        var made = new List<string>();
        foreach (var (number, one, other) in new[] { (1, 1, 2), (2, 3, 4), (3, 2, 4), (4, 1, 3) })
        {
            var rule = RuleCheck.Flatten(new RoyaltyRule([new(5_000, Org(one)), new(5_000, Org(other))]));
            var split = ChargeSplit.Of(1, 0, rule, Holdback.None, remainders);
            foreach (var (who, numerator) in split.Remainders)
            {
                remainders[who] = numerator;
            }

            made.AddRange(ChargePostings.Usage(default, default, "1", Buyer, Currency.Usd, split, default).Lines
                .Where(l => l.Account.Kind == AccountKind.CreatorPayable || l.Amount.Minor != 0)
                .Select(l => $"| {number} | {LedgerAccount.NameOf(l.Account.Kind)}{Named(l.Account.Owner)} | {l.Amount.Minor} |" +
                    (l.Account.Kind == AccountKind.CreatorPayable ? $" {Half(remainders[new(l.Account.Owner)])} |" : " |")));
        }

        Page().Split('\n').SkipWhile(l => !l.StartsWith("| charge |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|')).ShouldBe(made);

        static string Half(Int128 numerator) => (int)(numerator * 2 / Remainder.Unit) switch { 1 => "1/2", -1 => "-1/2", _ => "0" };

        static string Named(Guid owner) => new[] { "", " Ada", " Ben", " Carl", " Dora" }.ElementAtOrDefault(owner.ToByteArray()[0]) ?? "";
    }

    [Fact]
    public void Every_entry_that_the_code_can_make_stands_in_the_table_of_postings()
    {
        var page = Page();
        var source = Path.Combine(Repository(), "src", "Tallystick.Server");
        var kinds = Directory.GetFiles(source, "*Postings.cs", SearchOption.AllDirectories)
            .SelectMany(f => System.Text.RegularExpressions.Regex.Matches(
                File.ReadAllText(f), "\"((purchase|wallet|gateway|payment|dispute|usage|holdback|debt|payout|fx)\\.[a-z_]+)\""))
            .Select(m => m.Groups[1].Value).Distinct().ToList();

        kinds.Count.ShouldBeGreaterThan(20);
        kinds.ShouldAllBe(k => page.Contains($"| `{k}` |"));
    }

    [Fact]
    public void Every_crash_point_of_money_is_drawn()
    {
        var page = Page();
        var source = Path.Combine(Repository(), "src", "Tallystick.Server");
        var points = new[] { "Payments", "Royalties", "Payouts" }
            .SelectMany(m => Directory.GetFiles(Path.Combine(source, m), "*.cs", SearchOption.AllDirectories))
            .SelectMany(f => System.Text.RegularExpressions.Regex.Matches(
                File.ReadAllText(f), "CrashPoint\\.Reach\\(\"([a-z_.]+)\"\\)"))
            .Select(m => m.Groups[1].Value).Distinct().ToList();

        points.Count.ShouldBeGreaterThan(10);
        points.ShouldAllBe(p => page.Contains(p));
    }

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
        yield return PaymentPostings.Refunded("re", wallet, 2_000, debt, new(5_000, usd), available: true, at);
    }

    private static IEnumerable<JournalEntry> Refunds()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        var back = RevocationRefund.Of(new RevokedLicence(1_000, 365, at.AddDays(365), 3, 1), at);
        var cover = RevocationRefund.Cover(back, 1_000, new(Deferred: 0, HeldBack: 90, Payable: 410, Unsent: 400, Debt: 0));
        yield return PaymentPostings.RevocationRefundAsked(new(default, usd, cover), Buyer, Ada, MissingBearer.None, at);
        yield return PaymentPostings.Refunded(
            "re", LedgerAccount.Of(AccountKind.RefundInTransit, Buyer, usd), back, LedgerAccount.Of(AccountKind.Suspense, usd),
            new(back, usd), available: true, at);
        yield return PaymentPostings.WalletRefundAsked(
            default, Buyer, new(1_000_000, usd), at, WalletRefundFee.Of(1_000_000, 1_000_000, 29_030, 1));
    }

    private static IEnumerable<JournalEntry> Conversions()
    {
        var (at, usd, eur) = (DateTimeOffset.UnixEpoch, Currency.Usd, Currency.Eur);
        yield return PaymentPostings.PurchasePaid(default, new(1_000, eur), new(64, usd), available: false, at, new Money(1_080, usd));
        yield return PaymentPostings.Refunded(
            "re", LedgerAccount.Deferred(default, eur), 1_000, LedgerAccount.Of(AccountKind.Suspense, eur), new(1_000, eur),
            available: true, at, new Money(1_100, usd));
    }

    /// <summary>The currency, where an entry has more than one.</summary>
    private static string In(JournalEntry entry, JournalLine line) =>
        entry.Lines.Select(l => l.Account.Currency).Distinct().Count() > 1 ? $" {line.Account.Currency}" : "";

    private static IEnumerable<JournalEntry> OwnWork()
    {
        var (at, usd) = (DateTimeOffset.UnixEpoch, Currency.Usd);
        yield return PaymentPostings.DisputeLost(
            "dp", LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, usd), new(2_000, usd),
            LedgerAccount.Of(AccountKind.BuyerDebt, Buyer, usd), 3_000, at);
        var borne = FundedLoss.Of(new FundedPortion(2_700, 0, 3_000, 3_000, true), 0, 0, 3_000);
        yield return ChargePostings.FundedShareLost("dispute", Buyer, usd, [new(Ada, borne)], at);
    }

    private static JournalEntry Undone(JournalEntry entry, string kind) => new(
        kind, entry.Reference, entry.At, [.. entry.Lines.Select(l => l with { Amount = -l.Amount })]);

    private static IEnumerable<JournalEntry> Waited()
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

    private static string Name(Guid owner) => owner == Ada.Value ? " Ada" : owner == Ben.Value ? " Ben" : "";

    private static string Page() => File.ReadAllText(Path.Combine(Repository(), "docs", "money-flow.md"));

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Tallystick.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    private static OrganisationId Org(int n) => new(new Guid(n, 0, 0, new byte[8]));
}
