using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>
/// Times two ways of the same work in short turns and compares their quick turns, so that whatever else the machine
/// does in between hits both or is left out.
/// </summary>
internal static class PairedTiming
{
    private const int Turns = 200;
    private const int QuickShare = 10;

    // On a busy machine the compiler's second pass comes late: without it ours would be timed half compiled.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(20);

    /// <summary>Seconds that one call of each takes: the tenth percentile over all turns.</summary>
    public static (double Ours, double Theirs) Measure(Action ours, Action theirs, CancellationToken stop)
    {
        var (first, second) = (new List<double>(Turns), new List<double>(Turns));
        var all = Stopwatch.StartNew();
        while (all.Elapsed < WarmUp)
        {
            ours();
            theirs();
        }

        all.Restart();
        for (var turn = 0; turn < Turns && all.Elapsed < TimeMax; turn++)
        {
            stop.ThrowIfCancellationRequested();
            first.Add(Time(ours));
            second.Add(Time(theirs));
        }

        return (Quick(first), Quick(second));
    }

    private static double Time(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Quick(List<double> times) => times.Order().ElementAt(times.Count / QuickShare);
}
