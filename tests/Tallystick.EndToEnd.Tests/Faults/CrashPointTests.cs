using System.Text.RegularExpressions;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>
/// The whole story on real processes, one of which dies at a named point as by <c>kill -9</c> and is started again. Nobody in
/// the story knows: afterwards everything must be as if nothing had happened.
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

    /// <summary>Those that are reached while somebody's use is counted; all others have to do with money.</summary>
    public static bool IsOfUsage(string point) => point.Split('.')[0] is "gate" or "lease" or "ingest" or "seal";

    public static bool IsOfLog(string point) => point.Split('.')[0] == "log";

    public static async Task DieAt(string point)
    {
        await using var stage = await Stage.Open();
        using var story = new Story(stage.Place);
        await story.Prepare();
        var before = await Truth.Checkpoint(story);
        var victim = point.StartsWith("gate.", StringComparison.Ordinal) ? stage.Gate : stage.Server;
        await stage.Server.End();
        stage.Server.Begin(victim == stage.Server ? point : null);
        stage.Gate.Begin(victim == stage.Gate ? point : null);

        try
        {
            await story.Run();
            await Truth.Holds(stage.Place, story, before);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\nserver: {Tail(stage.Server.Said)}\ngate: {Tail(stage.Gate.Said)}", failure);
        }

        victim.Said.ShouldContain($"crash point reached: {point}");
        (stage.Server.Deaths + stage.Gate.Deaths).ShouldBe(1);
    }

    private static string Tail(string text) => text.Length > 3_000 ? text[^3_000..] : text;

    [GeneratedRegex("[a-z_]+\\.[a-z_]+")]
    internal static partial Regex Named();

    [GeneratedRegex("CrashPoint\\.Reach\\(\"([a-z_.]+)\"\\)")]
    private static partial Regex Reached();
}

/// <summary>Money: purchases, refunds, webhooks, billing, payouts, and what they tell others.</summary>
public sealed class MoneyCrashTests
{
    public static TheoryData<string> Points() =>
        [.. CrashPoints.All.Where(p => !CrashPoints.IsOfUsage(p) && !CrashPoints.IsOfLog(p))];

    [Theory]
    [MemberData(nameof(Points))]
    public Task Nothing_is_lost_repeated_or_paid_twice_when_the_server_dies_at(string point) => CrashPoints.DieAt(point);
}

/// <summary>Use: delivery, leases, ingest, seals.</summary>
public sealed class UsageCrashTests
{
    public static TheoryData<string> Points() => [.. CrashPoints.All.Where(CrashPoints.IsOfUsage)];

    [Theory]
    [MemberData(nameof(Points))]
    public Task Nothing_is_lost_or_counted_twice_when_a_process_dies_at(string point) => CrashPoints.DieAt(point);

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
