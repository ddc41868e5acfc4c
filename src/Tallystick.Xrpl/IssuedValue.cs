using System.Globalization;

namespace Tallystick.Xrpl;

/// <summary>
/// The number in an issued amount, exact: 16 decimal digits and an exponent. Zero, or digits from 10^15 to 10^16 - 1
/// times ten to the power of -96 to 80.
/// https://xrpl.org/docs/references/protocol/binary-format#token-amount-format
/// </summary>
public readonly record struct IssuedValue
{
    /// <summary>Smallest exponent.</summary>
    public const int ExponentMin = -96;

    /// <summary>Largest exponent.</summary>
    public const int ExponentMax = 80;

    private const ulong DigitsMin = 1_000_000_000_000_000;
    private const ulong DigitsMax = 9_999_999_999_999_999;
    private const int ExponentBias = 97;
    private const int TextMax = 128;
    private const ulong NotXrp = 1UL << 63;
    private const ulong Positive = 1UL << 62;
    private const ulong DigitsMask = (1UL << 54) - 1;

    private IssuedValue(bool isNegative, ulong digits, int exponent) =>
        (IsNegative, Digits, Exponent) = (isNegative, digits, exponent);

    /// <summary>Zero.</summary>
    public static IssuedValue Zero => default;

    /// <summary>Whether it is below zero, as a balance can be.</summary>
    public bool IsNegative { get; }

    /// <summary>16 decimal digits, or 0.</summary>
    public ulong Digits { get; }

    /// <summary>Power of ten that the digits are multiplied with.</summary>
    public int Exponent { get; }

    /// <summary>Reads decimal text: sign, digits, point, exponent. More than 16 digits are refused, not rounded.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static IssuedValue Parse(string text)
    {
        var number = DecimalText.Parse(text, TextMax);
        if (number.Digits.IsZero)
        {
            return Zero;
        }

        var (digits, exponent) = (number.Digits, number.Exponent);
        if (digits > DigitsMax)
        {
            throw new XrplFormatException($"'{text}' has more than 16 digits", "value");
        }

        var scaled = (ulong)digits;
        while (scaled < DigitsMin)
        {
            scaled *= 10;
            exponent--;
        }

        return exponent is < ExponentMin or > ExponentMax
            ? throw new XrplFormatException($"'{text}' is too large or too small", "value")
            : new IssuedValue(number.IsNegative, scaled, exponent);
    }

    /// <summary>Reads the 64 bits of the binary format. Other encodings of the same number are refused.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static IssuedValue FromBits(ulong bits)
    {
        var digits = bits & DigitsMask;
        if (bits == NotXrp)
        {
            return Zero;
        }

        var exponent = (int)((bits >> 54) & 0xff) - ExponentBias;
        if ((bits & NotXrp) == 0 || digits is < DigitsMin or > DigitsMax || exponent is < ExponentMin or > ExponentMax)
        {
            throw new XrplFormatException($"issued value {bits:X16} is not in canonical form", "");
        }

        return new IssuedValue((bits & Positive) == 0, digits, exponent);
    }

    /// <summary>The 64 bits of the binary format.</summary>
    public ulong ToBits() => Digits == 0
        ? NotXrp
        : NotXrp | (IsNegative ? 0 : Positive) | ((ulong)(Exponent + ExponentBias) << 54) | Digits;

    /// <summary>Plain decimal digits, without exponent or trailing zeroes.</summary>
    public override string ToString() => DecimalText.Plain(
        IsNegative, Digits.ToString(CultureInfo.InvariantCulture), Exponent);
}
