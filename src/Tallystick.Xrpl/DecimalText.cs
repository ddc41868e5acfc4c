using System.Globalization;
using System.Numerics;

namespace Tallystick.Xrpl;

/// <summary>Exact decimal numbers as text: sign, digits, point, exponent. No binary fraction ever comes near.</summary>
internal static class DecimalText
{
    private const int ExponentDigitsMax = 6;

    /// <summary>Digits without trailing zeroes, and their exponent.</summary>
    public readonly record struct Number(bool IsNegative, BigInteger Digits, int Exponent);

    public static Number Parse(string text, int lengthMax)
    {
        var rest = text.AsSpan();
        if (rest.Length > lengthMax)
        {
            throw new XrplFormatException($"{rest.Length} characters, more than the {lengthMax} a number may have", "value");
        }

        var isNegative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
        {
            rest = rest[1..];
        }

        var exponent = 0;
        if (rest.IndexOfAny('e', 'E') is >= 0 and var at)
        {
            var power = rest[(at + 1)..];
            if (power.TrimStart("+-").Length > ExponentDigitsMax
                || !int.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                throw new XrplFormatException($"'{text}' has no readable exponent", "value");
            }

            rest = rest[..at];
        }

        var point = rest.IndexOf('.');
        var whole = point < 0 ? rest : rest[..point];
        var fraction = point < 0 ? [] : rest[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty)
            || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9'))
        {
            throw new XrplFormatException($"'{text}' is not a decimal number", "value");
        }

        var all = string.Concat(whole, fraction);
        var significant = all.AsSpan().TrimEnd('0');
        exponent += all.Length - significant.Length - fraction.Length;
        return significant.TrimStart('0').IsEmpty
            ? new Number(false, BigInteger.Zero, 0)
            : new Number(
                isNegative,
                BigInteger.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture),
                exponent);
    }

    /// <summary>digits × 10^exponent without an exponent in the text.</summary>
    public static string Plain(bool isNegative, string digits, int exponent)
    {
        if (digits == "0")
        {
            return "0";
        }

        var sign = isNegative ? "-" : "";
        if (exponent >= 0)
        {
            return sign + digits + new string('0', exponent);
        }

        var padded = digits.PadLeft(1 - exponent, '0');
        var fraction = padded.AsSpan(padded.Length + exponent).TrimEnd('0');
        var whole = padded.AsSpan(0, padded.Length + exponent);
        return fraction.IsEmpty ? string.Concat(sign, whole) : string.Concat(sign, whole, ".", fraction);
    }
}
