using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>
/// Times two ways of the same work in turns, best of less than a millisecond, and compares their quick turns, so that
/// whatever else the machine does in between hits both or is left out.
/// </summary>
internal static class PairedTiming
{
    private const int TurnsMin = 20;
    private const int QuickShare = 10;

    // On a busy machine the compiler's second pass comes late: without it ours would be timed half compiled.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    /// <summary>Seconds that one call of each takes: the tenth percentile over all turns.</summary>
    public static (double Ours, double Theirs) Measure(Action ours, Action theirs, CancellationToken stop)
    {
        var (first, second) = (new List<double>(), new List<double>());
        var all = Stopwatch.StartNew();
        while (all.Elapsed < WarmUp)
        {
            ours();
            theirs();
        }

        all.Restart();
        while (first.Count < TurnsMin || all.Elapsed < Duration)
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
