using System.Globalization;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>
/// A process whose wall clock is off. The product knows nothing of it: libfaketime stands between it and the kernel. What
/// measures durations goes on as it should, as on a machine whose date was set wrong.
/// </summary>
internal static class WrongClock
{
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(d => Path.Combine(d, "faketime", "libfaketime.so.1")).FirstOrDefault(File.Exists)
        : null;

    public static void SkipWithout() => Assert.SkipWhen(Library is null, "libfaketime is not on this machine");

    public static void Set(IDictionary<string, string?> environment, TimeSpan ahead)
    {
        if (ahead == TimeSpan.Zero)
        {
            return;
        }

        environment["LD_PRELOAD"] = Library;
        environment["FAKETIME"] = ahead.TotalSeconds.ToString("+0;-0", CultureInfo.InvariantCulture);
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    }
}
