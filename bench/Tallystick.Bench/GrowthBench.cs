using System.Diagnostics;
using System.Globalization;

namespace Tallystick.Bench;

/// <summary>
/// The same calls of one tenant, of nobody, of a gate and of the operator while others have so much, and while they have ten times as
/// much: no call of one may grow with what others have.
/// </summary>
internal static class GrowthBench
{
    private const int WorksBefore = 1_000;
    private const int WorksAfter = 10_000;
    private const int Samples = 60;
    private const int WarmUps = 10;

    private const string Conditions =
        "one client at a time over HTTP, 10 000 works, 100 000 licences, 1 000 000 events, 50 000 purchases of others; fsync on";

    private static readonly string[] Names = ["growth_worst_ratio", "growth_slowest_p50_ms", "growth_slowest_p99_ms"];

    public static BenchSuite Suite { get; } = new(Names, Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await progress.WriteLineAsync($"growth: others get {WorksBefore:N0} works");
        await using var world = await GrowthWorld.Start(WorksBefore, stop);
        var before = await Measure(world, stop);
        await progress.WriteLineAsync($"growth: others get {WorksAfter:N0} works");
        await world.GrowTo(WorksAfter, stop);
        var after = await Measure(world, stop);
        var rows = GrowthCalls.All.Zip(before, after).Select(r => (Call: r.First, Before: r.Second, After: r.Third)).ToList();
        foreach (var (call, few, many) in rows)
        {
            await progress.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"growth: {call.Who,-8} {call.Path,-72} p50 {few.P50,7:0.0} -> {many.P50,7:0.0} ms, x{many.P50 / few.P50:0.00}; p99 {many.P99,7:0.0} ms"));
        }

        var worst = rows.MaxBy(r => r.After.P50 / r.Before.P50);
        var slow = rows.MaxBy(r => r.After.P50);
        var slowest = rows.MaxBy(r => r.After.P99);
        var ratio = worst.After.P50 / worst.Before.P50;
        return
        [
            new BenchResult(Names[0], ratio, "x", "a tenth of others' data", 1 / ratio, $"{worst.Call.Path}; {Conditions}"),
            new BenchResult(Names[1], slow.After.P50, "ms", "a tenth of others' data", slow.Before.P50 / slow.After.P50, $"{slow.Call.Path}; {Conditions}"),
            new BenchResult(
                Names[2], slowest.After.P99, "ms", "a tenth of others' data", slowest.Before.P99 / slowest.After.P99, $"{slowest.Call.Path}; {Conditions}"),
        ];
    }

    /// <summary>Round by round and not call by call: what the machine does in between hits all of them alike.</summary>
    private static async Task<IReadOnlyList<Times>> Measure(GrowthWorld world, CancellationToken stop)
    {
        var times = GrowthCalls.All.Select(_ => new List<double>(Samples)).ToList();
        for (var round = -WarmUps; round < Samples; round++)
        {
            foreach (var ((who, path), taken) in GrowthCalls.All.Zip(times))
            {
                var watch = Stopwatch.StartNew();
                await world.Ask(who, path, stop);
                if (round >= 0)
                {
                    taken.Add(watch.Elapsed.TotalMilliseconds);
                }
            }
        }

        return [.. times.Select(t => new Times(Percentile(t, 50), Percentile(t, 99)))];
    }

    private static double Percentile(List<double> times, int percent) =>
        times.Order().ElementAt(Math.Min(times.Count - 1, times.Count * percent / 100));

    private readonly record struct Times(double P50, double P99);
}
