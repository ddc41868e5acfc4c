using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Amounts;

/// <summary>
/// A currency and its scale (ISO 4217 exponent; XRP has six digits: drops). Only currencies of the table are money
/// here, because a scale that was guessed is an amount that is wrong by powers of ten.
/// </summary>
public readonly record struct Currency : IParsable<Currency>
{
    private static readonly Dictionary<string, int> Digits = new(StringComparer.Ordinal)
    {
        ["USD"] = 2, ["EUR"] = 2, ["GBP"] = 2, ["CHF"] = 2, ["CAD"] = 2, ["AUD"] = 2, ["NZD"] = 2, ["SEK"] = 2,
        ["NOK"] = 2, ["DKK"] = 2, ["PLN"] = 2, ["CZK"] = 2, ["BRL"] = 2, ["MXN"] = 2, ["INR"] = 2, ["SGD"] = 2,
        ["HKD"] = 2, ["ZAR"] = 2, ["JPY"] = 0, ["KRW"] = 0, ["KWD"] = 3, ["BHD"] = 3, ["XRP"] = 6,
    };

    private readonly string? _code;

    private Currency(string code) => _code = code;

    /// <summary>United States dollar.</summary>
    public static Currency Usd { get; } = new("USD");

    /// <summary>Euro.</summary>
    public static Currency Eur { get; } = new("EUR");

    /// <summary>XRP, in drops.</summary>
    public static Currency Xrp { get; } = new("XRP");

    /// <summary>Three capital letters.</summary>
    public string Code => _code ?? throw new InvalidOperationException("A currency was used that was never set.");

    /// <summary>Decimal digits between the minor unit and the unit people speak of.</summary>
    public int MinorDigits => Digits[Code];

    /// <inheritdoc/>
    public static Currency Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var currency)
            ? currency
            : throw new FormatException($"'{s}' is not a currency known here: {string.Join(", ", Digits.Keys)}.");

    /// <summary>Reads an upper-case code of the table.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Currency result)
    {
        var known = s is not null && Digits.ContainsKey(s);
        result = known ? new Currency(s!) : default;
        return known;
    }

    /// <inheritdoc/>
    public override string ToString() => Code;
}
