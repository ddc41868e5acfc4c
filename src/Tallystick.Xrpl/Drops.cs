using System.Globalization;

namespace Tallystick.Xrpl;

/// <summary>An amount of XRP in drops; a million drops are one XRP.</summary>
/// <param name="Value">Number of drops. All 64 bits: claims are signed over any such number.</param>
public readonly record struct Drops(ulong Value) : IComparable<Drops>
{
    /// <summary>Drops in one XRP.</summary>
    public const ulong PerXrp = 1_000_000;

    /// <summary>All the XRP there ever was: 100 billion. No amount in a transaction may be larger.</summary>
    public static readonly Drops Supply = new(100_000_000_000 * PerXrp);

    /// <summary>Reads decimal digits, nothing else: no sign, point, exponent or blank.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static Drops Parse(string digits) =>
        TryParse(digits, out var drops)
            ? drops
            : throw new XrplFormatException($"'{digits}' is not a whole number of drops below 2^64", "drops");

    /// <summary>Reads decimal digits, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> digits, out Drops drops)
    {
        var good = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        drops = new Drops(value);
        return good;
    }

    /// <summary>Sum.</summary>
    /// <exception cref="OverflowException">Above 2^64 - 1.</exception>
    public static Drops operator +(Drops left, Drops right) => new(checked(left.Value + right.Value));

    /// <summary>Difference.</summary>
    /// <exception cref="OverflowException">Below zero.</exception>
    public static Drops operator -(Drops left, Drops right) => new(checked(left.Value - right.Value));

    /// <summary>Order by number of drops.</summary>
    public static bool operator <(Drops left, Drops right) => left.Value < right.Value;

    /// <summary>Order by number of drops.</summary>
    public static bool operator >(Drops left, Drops right) => left.Value > right.Value;

    /// <summary>Order by number of drops.</summary>
    public static bool operator <=(Drops left, Drops right) => left.Value <= right.Value;

    /// <summary>Order by number of drops.</summary>
    public static bool operator >=(Drops left, Drops right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(Drops other) => Value.CompareTo(other.Value);

    /// <summary>The decimal digits, as in JSON.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
