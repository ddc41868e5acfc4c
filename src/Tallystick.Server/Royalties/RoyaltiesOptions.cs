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

    /// <summary>
    /// The least that is held back of each share of a payee who is new, or whose own wallet or purchase it comes from, in basis
    /// points: a card that turns out to be stolen is noticed after weeks, and a payout is gone in seconds. 0: nothing beyond what
    /// the work's rule holds back.
    /// </summary>
    [Range(0, 10_000)]
    public int NewPayeeHoldbackBasisPoints { get; set; } = 10_000;

    /// <summary>How long that is held back: a card's owner reads a statement a month.</summary>
    [Range(1, 365)]
    public int NewPayeeHoldbackDays { get; set; } = 30;

    /// <summary>How long after their first earning a payee is new.</summary>
    [Range(1, 3_650)]
    public int NewPayeeForDays { get; set; } = 90;

    /// <summary>The most that a payee may set as the least to be paid, in minor units: what is owed is not kept for ever.</summary>
    [Range(1, 1_000_000_000_000)]
    public long PayoutMinimumMost { get; set; } = 100_000;

    /// <summary>What a run pays at least to somebody who set this minimum, 0 for none.</summary>
    public long Least(long minimum) => Math.Max(PayoutMinorLeast, Math.Min(minimum, PayoutMinimumMost));
}
