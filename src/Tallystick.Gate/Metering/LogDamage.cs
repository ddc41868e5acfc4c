using System.Globalization;

namespace Tallystick.Gate.Metering;

/// <summary>What is said when bytes of the log that were on the disk have changed there.</summary>
internal static class LogDamage
{
    public static InvalidDataException At(string path, long offset, string how) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The log file {path} is damaged at byte {offset}: {how}. It holds usage that may not be billed yet, and nothing was changed. Keep a copy of the folder; then './tally gate repair' (or this program with 'repair') shows what can be saved."));
}
