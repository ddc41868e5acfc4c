using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
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
        var written = Page().Split('\n')
            .SkipWhile(l => !l.StartsWith("| step |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .Select(c => (c[0], c[1], long.Parse(c[2], CultureInfo.InvariantCulture)));

        written.ShouldBe(Example().SelectMany(e => e.Lines.Where(l => l.Amount.Minor != 0), (e, l) => (
            e.Kind, LedgerAccount.NameOf(l.Account.Kind) + Name(l.Account.Owner), l.Amount.Minor)));
    }

    [Fact]
    public void Every_entry_that_the_code_can_make_stands_in_the_table_of_postings()
    {
        var page = Page();
        var source = Path.Combine(Repository(), "src", "Tallystick.Server");
        var kinds = Directory.GetFiles(source, "*Postings.cs", SearchOption.AllDirectories)
            .SelectMany(f => System.Text.RegularExpressions.Regex.Matches(
                File.ReadAllText(f), "\"((purchase|wallet|gateway|payment|dispute|usage|holdback|debt|payout)\\.[a-z_]+)\""))
            .Select(m => m.Groups[1].Value).Distinct().ToList();

        kinds.Count.ShouldBe(17);
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
        var split = ChargeSplit.Of(line.Charged, 1_500, rule, 1_000);
        yield return ChargePostings.Usage(default, default, Buyer, usd, split, at);
        var paid = new Money(split.Shares[0].Payable, usd);
        yield return PayoutPostings.Queued(default, Ada, paid, at);
        yield return PayoutPostings.Paid(default, Ada, paid, at);
        yield return ChargePostings.HoldbackReleased("holdback", Ada, new Money(split.Shares[0].HeldBack, usd), at);
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
