using System.Globalization;
using System.Text.RegularExpressions;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Royalties;
using static Tallystick.Server.Tests.Payouts.MoneyFlowExamples;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>The page docs/money-flow.md, run.</summary>
public sealed class MoneyFlowTests
{
    [Fact]
    public void The_worked_example_is_what_the_code_posts()
    {
        var written = Rows("| step |").Select(r => (r[0], r[1], Minor(r)));

        written.ShouldBe(InSteps().SelectMany(e => e.Lines.Where(l => l.Amount.Minor != 0), (e, l) => (
            e.Kind, LedgerAccount.NameOf(l.Account.Kind) + Name(l.Account.Owner) + In(e, l), l.Amount.Minor)));
    }

    [Fact]
    public void The_example_of_what_the_gateway_moves_by_itself_is_what_the_code_posts()
    {
        var written = Rows("| event | account |").Select(r => (r[0], r[1], Minor(r)));

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
        var kinds = Kinds();

        kinds.Count.ShouldBeGreaterThan(30);
        kinds.ShouldAllBe(k => page.Contains($"| `{k}` |"));
    }

    [Fact]
    public void Every_entry_that_the_code_can_make_stands_in_an_example()
    {
        var shown = Rows("| step |").Concat(Rows("| event | account |")).Select(r => r[0]).ToHashSet(StringComparer.Ordinal);

        Kinds().Where(k => !shown.Contains(k)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_crash_point_of_money_is_drawn()
    {
        var page = Page();
        var source = Path.Combine(Repository(), "src", "Tallystick.Server");
        var points = new[] { "Payments", "Royalties", "Payouts" }
            .SelectMany(m => Directory.GetFiles(Path.Combine(source, m), "*.cs", SearchOption.AllDirectories))
            .SelectMany(f => Regex.Matches(File.ReadAllText(f), "CrashPoint\\.Reach\\(\"([a-z_.]+)\"\\)"))
            .Select(m => m.Groups[1].Value).Distinct().ToList();

        points.Count.ShouldBeGreaterThan(10);
        points.ShouldAllBe(p => page.Contains(p));
    }

    /// <summary>The currency, where an entry has more than one.</summary>
    private static string In(JournalEntry entry, JournalLine line) =>
        entry.Lines.Select(l => l.Account.Currency).Distinct().Count() > 1 ? $" {line.Account.Currency}" : "";

    private static string Name(Guid owner) => owner == Ada.Value ? " Ada" : owner == Ben.Value ? " Ben" : "";

    /// <summary>The kinds of all entries, as the modules name them.</summary>
    private static List<string> Kinds() =>
    [
        .. Directory.GetFiles(Path.Combine(Repository(), "src", "Tallystick.Server"), "*Postings.cs", SearchOption.AllDirectories)
            .SelectMany(f => Regex.Matches(File.ReadAllText(f), "\"([a-z]+\\.[a-z_]+)\""))
            .Select(m => m.Groups[1].Value).Distinct(),
    ];

    /// <summary>The rows with amounts of all tables that begin so: what happens, the account, minor units.</summary>
    private static IEnumerable<string[]> Rows(string heading)
    {
        var inside = false;
        foreach (var line in Page().Split('\n'))
        {
            inside = line.StartsWith(heading, StringComparison.Ordinal) || (inside && line.StartsWith('|'));
            if (inside && line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries) is [_, _, _] row && row[2].Any(char.IsAsciiDigit))
            {
                yield return row;
            }
        }
    }

    private static long Minor(string[] row) => long.Parse(row[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

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
}
