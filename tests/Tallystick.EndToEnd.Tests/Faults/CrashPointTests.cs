using System.Text.RegularExpressions;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>
/// The whole story on real processes, which die at named points as by <c>kill -9</c> and are started again. Nobody in the story
/// knows: afterwards everything must be as if nothing had happened. A story takes a minute of processor, so that each has as many
/// deaths as it has parts: one before the pull, one at it, one at billing.
/// </summary>
internal static partial class CrashPoints
{
    /// <summary>Every point that the sources name.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Installation.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Reached().Matches(File.ReadAllText(f)))
            .Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
    ];

    public static bool IsOfLog(string point) => point.Split('.')[0] == "log";

    /// <summary>Every other story, from the first or the second on: two classes run side by side.</summary>
    public static TheoryData<string> Stories(int from)
    {
        var points = All.Where(p => !IsOfLog(p)).ToLookup(PartOf);
        var stories = Enumerable.Range(0, Enumerable.Range(0, 3).Max(part => points[part].Count()))
            .Select(n => string.Join(' ', Enumerable.Range(0, 3).SelectMany(part => points[part].Skip(n).Take(1))));
        return [.. stories.Where((_, n) => n % 2 == from)];
    }

    /// <param name="deaths">Points in the order in which the story comes by them, with blanks between.</param>
    public static async Task DieAt(string deaths)
    {
        var points = deaths.Split(' ');
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        var before = await Truth.Checkpoint(story);
        await stage.Server.End();
        stage.Server.Begin([.. points.Where(p => !IsOfGate(p))]);
        stage.Gate.Begin([.. points.Where(IsOfGate)]);

        try
        {
            await story.Run();
            await Truth.Holds(stage.Place, story, before);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\nserver: {Tail(stage.Server.Said)}\ngate: {Tail(stage.Gate.Said)}", failure);
        }

        foreach (var point in points)
        {
            (IsOfGate(point) ? stage.Gate : stage.Server).Said.ShouldContain($"crash point reached: {point}");
        }

        (stage.Server.Deaths + stage.Gate.Deaths).ShouldBe(points.Length);
    }

    private static bool IsOfGate(string point) => point.StartsWith("gate.", StringComparison.Ordinal);

    private static int PartOf(string point) => point.Split('.')[0] switch
    {
        "billing" or "payout" => 2,
        "gate" or "lease" or "ingest" or "seal" => 1,
        _ => 0,
    };

    private static string Tail(string text) => text.Length > 3_000 ? text[^3_000..] : text;

    [GeneratedRegex("[a-z_]+\\.[a-z_]+")]
    internal static partial Regex Named();

    [GeneratedRegex("CrashPoint\\.Reach\\(\"([a-z_.]+)\"\\)")]
    private static partial Regex Reached();
}

/// <summary>Purchases, refunds, webhooks, delivery, leases, seals, billing, payouts, and what they tell others.</summary>
public sealed class CrashTests
{
    public static TheoryData<string> Stories() => CrashPoints.Stories(0);

    [Theory]
    [MemberData(nameof(Stories))]
    public Task Nothing_is_lost_counted_or_paid_twice_when_processes_die_at(string points) => CrashPoints.DieAt(points);
}

/// <summary>The other half of the stories, and what holds for all points.</summary>
public sealed class CrashPointTests
{
    public static TheoryData<string> Stories() => CrashPoints.Stories(1);

    [Theory]
    [MemberData(nameof(Stories))]
    public Task Nothing_is_lost_counted_or_paid_twice_when_processes_die_at(string points) => CrashPoints.DieAt(points);

    [Fact]
    public void The_page_about_money_shows_every_point_and_says_what_holds_after_it()
    {
        var page = File.ReadAllText(Path.Combine(Installation.Repository, "docs", "money-flow.md"))
            .Split("### What holds after each crash point");
        var shown = page[0].Split('\n').Where(l => l.Contains('✂', StringComparison.Ordinal))
            .SelectMany(l => CrashPoints.Named().Matches(l[l.IndexOf('✂', StringComparison.Ordinal)..])).Select(m => m.Value);
        var told = page[1].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('|')).Where(cells => cells[2].Trim().Length > 10).Select(cells => cells[1].Trim().Trim('`')).ToList();

        shown.Distinct().Order(StringComparer.Ordinal).ShouldBe(CrashPoints.All);
        told.Order(StringComparer.Ordinal).ShouldBe(CrashPoints.All);
    }

    [Fact]
    public void The_points_of_the_log_are_killed_by_the_suite_of_the_log()
    {
        // It fills tiles first, which no story of one buyer does.
        var suite = File.ReadAllText(Path.Combine(
            Installation.Repository, "tests", "Tallystick.Server.Tests", "Transparency", "LogCrashTests.cs"));

        var points = CrashPoints.All.Where(CrashPoints.IsOfLog).ToList();
        points.Count.ShouldBeGreaterThan(3);
        points.ShouldAllBe(p => suite.Contains($"\"{p}\""));
    }
}
