using System.Diagnostics;
using System.Globalization;

namespace Tallystick.Hosting;

/// <summary>
/// A named place where a test may kill the process as <c>kill -9</c> would. Does nothing unless the environment says
/// <c>TALLY_CRASH_AT=name</c> or <c>name:n</c> for the n-th time it is reached. The names stand in docs/money-flow.md.
/// </summary>
public static class CrashPoint
{
    private static readonly string? Armed = Environment.GetEnvironmentVariable("TALLY_CRASH_AT");
    private static int _remaining = Countdown(Armed);

    /// <summary>Dies here if this is the armed point.</summary>
    public static void Reach(string name)
    {
        if (Armed is null || !Matches(name) || Interlocked.Decrement(ref _remaining) != 0)
        {
            return;
        }

        Console.Error.WriteLine($"crash point reached: {name}");
        using var self = Process.GetCurrentProcess();
        self.Kill();
        self.WaitForExit();
    }

    private static bool Matches(string name)
    {
        var colon = Armed!.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? Armed : Armed[..colon]) == name;
    }

    private static int Countdown(string? armed)
    {
        var colon = armed?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon < 0 ? 1 : int.Parse(armed![(colon + 1)..], CultureInfo.InvariantCulture);
    }
}
