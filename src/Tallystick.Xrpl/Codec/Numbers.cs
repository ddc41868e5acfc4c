using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>
/// The Number type (XLS-65, XLS-66): a signed 64-bit mantissa and a 32-bit exponent of ten. Reading shows the exact
/// value; writing normalises to 19 digits, or 18 where 19 do not fit 63 bits, and rounds half up.
/// </summary>
internal static class Numbers
{
    public const int Bytes = 12;

    private const int TextMax = 128;
    private const int ExponentLimit = 32_768;
    private const int ZeroExponent = int.MinValue;
    private static readonly BigInteger MantissaMin = BigInteger.Pow(10, 18);
    private static readonly BigInteger MantissaMax = long.MaxValue;

    public static string ToText(ReadOnlySpan<byte> bytes)
    {
        BigInteger mantissa = BinaryPrimitives.ReadInt64BigEndian(bytes);
        long exponent = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        if (mantissa.IsZero && exponent == ZeroExponent)
        {
            return "0";
        }

        var size = BigInteger.Abs(mantissa);
        if (!size.IsZero && size < MantissaMin)
        {
            (size, exponent) = (size * 10, exponent - 1);
        }

        var isNegative = mantissa.Sign < 0;
        // As rippled writes it: plain digits near the point, otherwise digits and exponent.
        if (exponent is 0 or (>= -28 and <= -8))
        {
            return DecimalText.Plain(isNegative, Digits(size), (int)exponent);
        }

        while (!size.IsZero && exponent < ExponentLimit && (size % 10).IsZero)
        {
            (size, exponent) = (size / 10, exponent + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(isNegative ? "-" : "")}{Digits(size)}e{exponent}");
    }

    public static byte[] FromJson(JsonNode? node)
    {
        var text = JsonText.Of(node);
        var number = DecimalText.Parse(text, TextMax);
        var bytes = new byte[Bytes];
        if (number.Digits.IsZero)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), ZeroExponent);
            return bytes;
        }

        var (mantissa, exponent) = (number.Digits, number.Exponent);
        while (mantissa < MantissaMin)
        {
            (mantissa, exponent) = (mantissa * 10, exponent - 1);
        }

        var lastDigit = BigInteger.Zero;
        while (mantissa > MantissaMax)
        {
            (mantissa, lastDigit) = BigInteger.DivRem(mantissa, 10);
            exponent++;
        }

        // Rounding up the largest mantissa carries it out of 63 bits again: one more digit goes, and is rounded as well.
        for (var up = lastDigit >= 5; up; up = lastDigit >= 5)
        {
            mantissa++;
            lastDigit = BigInteger.Zero;
            if (mantissa > MantissaMax)
            {
                (mantissa, lastDigit) = BigInteger.DivRem(mantissa, 10);
                exponent++;
            }
        }

        if (exponent is < -ExponentLimit or > ExponentLimit)
        {
            throw new XrplFormatException($"'{text}' is too large or too small", "");
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, (long)(number.IsNegative ? -mantissa : mantissa));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), exponent);
        return bytes;
    }

    private static string Digits(BigInteger number) => number.ToString(CultureInfo.InvariantCulture);
}
