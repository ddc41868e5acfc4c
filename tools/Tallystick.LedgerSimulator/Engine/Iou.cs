using System.Globalization;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>An issued amount's number: mantissa × 10^exponent, normalised to 16 digits as the ledger stores it.
/// Digits beyond the sixteenth are cut, as rippled does when adding.</summary>
internal readonly record struct Iou : IComparable<Iou>
{
    private const long MantissaMin = 1_000_000_000_000_000;
    private const long MantissaMax = 9_999_999_999_999_999;
    private const int ExponentMin = -96;
    private const int ExponentMax = 80;

    private Iou(long mantissa, int exponent) => (Mantissa, Exponent) = (mantissa, exponent);

    /// <summary>Signed; its magnitude has 16 digits, or is 0.</summary>
    public long Mantissa { get; }

    public int Exponent { get; }

    public static Iou Zero => default;

    public bool IsZero => Mantissa == 0;

    public int Sign => Math.Sign(Mantissa);

    /// <summary>Normalises; underflow is zero, overflow throws.</summary>
    public static Iou Of(Int128 mantissa, int exponent)
    {
        if (mantissa == 0) return Zero;
        var negative = mantissa < 0;
        var size = negative ? -mantissa : mantissa;
        while (size < MantissaMin)
        {
            size *= 10;
            exponent--;
        }
        while (size > MantissaMax)
        {
            size /= 10;
            exponent++;
        }
        if (exponent < ExponentMin) return Zero;
        if (exponent > ExponentMax) throw new OverflowException("issued amount out of range");
        return new((long)(negative ? -size : size), exponent);
    }

    public static Iou operator -(Iou a) => new(-a.Mantissa, a.Exponent);

    public static Iou operator +(Iou a, Iou b)
    {
        if (a.IsZero) return b;
        if (b.IsZero) return a;
        var (high, low) = a.Exponent >= b.Exponent ? (a, b) : (b, a);
        // Brought to the larger exponent as rippled does: the smaller one loses what does not fit.
        Int128 small = low.Mantissa;
        for (var e = low.Exponent; e < high.Exponent && small != 0; e++) small /= 10;
        var sum = high.Mantissa + small;
        // Differences below ten units of the last place are noise of the cut digits (rippled: "near zero").
        return sum >= -10 && sum <= 10 ? Zero : Of(sum, high.Exponent);
    }

    public static Iou operator -(Iou a, Iou b) => a + -b;

    public static bool operator <(Iou a, Iou b) => a.CompareTo(b) < 0;

    public static bool operator >(Iou a, Iou b) => a.CompareTo(b) > 0;

    public static bool operator <=(Iou a, Iou b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Iou a, Iou b) => a.CompareTo(b) >= 0;

    /// <summary>Multiplied by a transfer rate in billionths, rounded up: the payer bears the rounding.</summary>
    public Iou TimesRate(uint billionths)
    {
        var product = (Int128)Mantissa * billionths;
        var exact = Of(product, Exponent - 9);
        return exact.Sign <= 0 || product == Scaled(exact, Exponent - 9) ? exact : new(exact.Mantissa + 1, exact.Exponent);
    }

    /// <summary>Divided by a transfer rate in billionths, rounded down.</summary>
    public Iou DividedByRate(uint billionths) => Of((Int128)Mantissa * 1_000_000_000_000_000_000 / billionths, Exponent - 9);

    public int CompareTo(Iou other)
    {
        if (Sign != other.Sign) return Sign.CompareTo(other.Sign);
        if (Sign == 0) return 0;
        var size = Exponent != other.Exponent
            ? Exponent.CompareTo(other.Exponent)
            : Math.Abs(Mantissa).CompareTo(Math.Abs(other.Mantissa));
        return Sign > 0 ? size : -size;
    }

    /// <summary>As rippled writes it: plain for exponents from -25 to -5, else the raw mantissa with an exponent.
    /// </summary>
    public override string ToString()
    {
        if (IsZero) return "0";
        var sign = Mantissa < 0 ? "-" : "";
        var digits = Math.Abs(Mantissa).ToString(CultureInfo.InvariantCulture);
        if (Exponent != 0 && Exponent is < -25 or > -5)
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits}e{Exponent}");
        if (Exponent == 0) return sign + digits;
        var padded = digits.PadLeft(-Exponent + 1, '0');
        var whole = padded[..^-Exponent];
        var part = padded[^-Exponent..].TrimEnd('0');
        return part.Length == 0 ? sign + whole : $"{sign}{whole}.{part}";
    }

    private static Int128 Scaled(Iou value, int exponent)
    {
        Int128 m = value.Mantissa;
        for (var e = value.Exponent; e > exponent; e--) m *= 10;
        return m;
    }
}
