using System.Globalization;

namespace Tallystick.Xrpl;

/// <summary>Seconds since 2000-01-01T00:00:00Z, the ledger's clock.</summary>
/// <param name="Seconds">Seconds since the epoch of the ledger.</param>
public readonly record struct RippleTime(uint Seconds) : IComparable<RippleTime>
{
    /// <summary>Unix time of the ledger's epoch.</summary>
    public const long EpochUnixSeconds = 946_684_800;

    /// <summary>From Unix time in seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Before 2000 or after February 2136.</exception>
    public static RippleTime FromUnixSeconds(long seconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, EpochUnixSeconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, EpochUnixSeconds + uint.MaxValue);
        return new RippleTime((uint)(seconds - EpochUnixSeconds));
    }

    /// <summary>From an instant; parts of a second are cut off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Before 2000 or after February 2136.</exception>
    public static RippleTime From(DateTimeOffset instant) => FromUnixSeconds(instant.ToUnixTimeSeconds());

    /// <summary>Unix time in seconds.</summary>
    public long ToUnixSeconds() => EpochUnixSeconds + Seconds;

    /// <summary>As an instant.</summary>
    public DateTimeOffset ToInstant() => DateTimeOffset.FromUnixTimeSeconds(ToUnixSeconds());

    /// <summary>Order in time.</summary>
    public static bool operator <(RippleTime left, RippleTime right) => left.Seconds < right.Seconds;

    /// <summary>Order in time.</summary>
    public static bool operator >(RippleTime left, RippleTime right) => left.Seconds > right.Seconds;

    /// <summary>Order in time.</summary>
    public static bool operator <=(RippleTime left, RippleTime right) => left.Seconds <= right.Seconds;

    /// <summary>Order in time.</summary>
    public static bool operator >=(RippleTime left, RippleTime right) => left.Seconds >= right.Seconds;

    /// <inheritdoc/>
    public int CompareTo(RippleTime other) => Seconds.CompareTo(other.Seconds);

    /// <summary>ISO 8601, UTC.</summary>
    public override string ToString() =>
        ToInstant().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
