using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Metering;

/// <summary><c>Tally:Metering</c>.</summary>
internal sealed class MeteringOptions
{
    /// <summary>A seal is made when so many events wait …</summary>
    [Range(1, 65_536)]
    public int SealEvents { get; set; } = 8_192;

    /// <summary>… or when the oldest has waited so long. A receipt exists from then on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan SealAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A gate's clock may be so far ahead of ours; usage that claims a later time is set aside.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ClockAheadMost { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Usage that is older than this when it arrives is set aside: longer than any gate is cut off and comes back.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan UsageAgeMost { get; set; } = TimeSpan.FromDays(90);
}
