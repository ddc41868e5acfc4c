using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Royalties;

/// <summary><c>Tally:Royalties</c>.</summary>
internal sealed class RoyaltiesOptions
{
    /// <summary>What the platform keeps of every charge, in basis points. A run keeps the value it was opened with.</summary>
    [Range(0, 10_000)]
    public int PlatformFeeBasisPoints { get; set; } = 1_000;

    /// <summary>Least amount that is paid out, in minor units: a transfer of a cent costs more than it carries.</summary>
    [Range(1, 1_000_000)]
    public long PayoutMinorLeast { get; set; } = 100;
}
