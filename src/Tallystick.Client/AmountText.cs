using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Client;

/// <summary>Money and prices as people type them, read exactly: digits become minor units, nothing is ever a float.</summary>
public static class AmountText
{
    private const int DigitsMost = 18;

    /// <summary>Reads <c>12.50 USD</c>; refuses more digits after the point than the currency has.</summary>
    public static bool TryMoney(string text, [NotNullWhen(true)] out Money? money)
    {
        money = Words(text) is [var amount, var code] && TryAmount(amount, code, out var currency, out var minor, out var scale) &&
            scale == 1
                ? new Money(minor, currency)
                : null;
        return money is not null;
    }

    /// <summary>
    /// Reads <c>25 USD once</c>, <c>2.00 USD per shard</c>, <c>0.05 USD per MB</c>, <c>1 USD per 100 files</c>. A price
    /// of less than a minor unit becomes one of more units: <c>0.005 USD per MB</c> is one cent per two megabytes.
    /// </summary>
    public static bool TryPrice(string text, [NotNullWhen(true)] out Price? price)
    {
        price = null;
        var words = Words(text);
        if (words.Length < 3 || !TryAmount(words[0], words[1], out var currency, out var minor, out var scale))
        {
            return false;
        }

        if (words is [_, _, "once"])
        {
            price = scale == 1 ? new Price(new Money(minor, currency), Meter.None, 1) : null;
            return price is not null;
        }

        var (count, unit) = words switch
        {
            [_, _, "per", var one] => (1L, one),
            [_, _, "per", var many, var named] when TryCount(many, out var number) => (number, named),
            _ => (0L, ""),
        };
        if (count == 0 || UnitOf(unit) is not { } meter || !TryPer(count, meter.Per, scale, out var per))
        {
            return false;
        }

        price = new Price(new Money(minor, currency), meter.Meter, per);
        return true;
    }

    /// <summary>Reads <c>12.5%</c> or <c>12.5</c> as 1250 basis points; at most two digits after the point.</summary>
    public static bool TryBasisPoints(string text, out int basisPoints)
    {
        basisPoints = 0;
        if (!TryDigits(text.TrimEnd('%').Trim(), 2, out var number, out var scale) || scale != 1 || number > 10_000)
        {
            return false;
        }

        basisPoints = (int)number;
        return true;
    }

    private static string[] Words(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static (Meter Meter, long Per)? UnitOf(string unit) => unit.ToUpperInvariant() switch
    {
        "BYTE" or "BYTES" or "B" => (Meter.BytesDelivered, 1),
        "KB" => (Meter.BytesDelivered, 1_000),
        "MB" => (Meter.BytesDelivered, 1_000_000),
        "GB" => (Meter.BytesDelivered, 1_000_000_000),
        "SHARD" or "SHARDS" or "FILE" or "FILES" => (Meter.SegmentUnlocked, 1),
        _ => null,
    };

    private static bool TryAmount(string amount, string code, out Currency currency, out long minor, out long scale)
    {
        (minor, scale) = (0, 1);
        return Currency.TryParse(code.ToUpperInvariant(), null, out currency) &&
            TryDigits(amount, currency.MinorDigits, out minor, out scale);
    }

    private static bool TryCount(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryPer(long count, long unit, long scale, out long per)
    {
        var exact = (Int128)count * unit * scale;
        per = exact <= OfferRules.PerMost ? (long)exact : 0;
        return per > 0;
    }

    /// <summary>text = number / scale, in units of 10^-digits; scale is 1 unless the text is finer than that.</summary>
    private static bool TryDigits(string text, int digits, out long number, out long scale)
    {
        (number, scale) = (0, 1);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var (whole, fraction) = point < 0 ? (text, "") : (text[..point], text[(point + 1)..].TrimEnd('0'));
        if (whole.Length == 0 || point == text.Length - 1 || fraction.Length > DigitsMost ||
            !(whole + fraction).All(char.IsAsciiDigit))
        {
            return false;
        }

        var all = (whole + fraction.PadRight(digits, '0')).TrimStart('0');
        if (all.Length > DigitsMost)
        {
            return false;
        }

        number = all.Length == 0 ? 0 : long.Parse(all, NumberStyles.None, CultureInfo.InvariantCulture);
        for (var finer = fraction.Length - digits; finer > 0; finer--)
        {
            scale *= 10;
        }

        var common = number == 0 ? scale : (long)System.Numerics.BigInteger.GreatestCommonDivisor(number, scale);
        (number, scale) = (number / common, scale / common);
        return true;
    }
}
