using System.Globalization;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>The currencies that the simulator settles, with Stripe's published smallest charge in minor units.</summary>
internal static class Currencies
{
    static readonly SortedDictionary<string, long> Minimums = new(StringComparer.Ordinal)
    {
        ["aed"] = 200, ["aud"] = 50, ["bgn"] = 100, ["bhd"] = 200, ["brl"] = 50, ["cad"] = 50, ["chf"] = 50, ["czk"] = 1500,
        ["dkk"] = 250, ["eur"] = 50, ["gbp"] = 30, ["hkd"] = 400, ["huf"] = 17500, ["inr"] = 50, ["jpy"] = 50,
        ["krw"] = 500, ["kwd"] = 200, ["mxn"] = 1000, ["myr"] = 200, ["nok"] = 300, ["nzd"] = 50, ["pln"] = 200, ["ron"] = 200,
        ["sek"] = 300, ["sgd"] = 50, ["thb"] = 1000, ["usd"] = 50, ["zar"] = 1000,
    };

    // No minor unit: an amount of 500 is 500 yen, not 5.
    static readonly HashSet<string> ZeroDecimal = new(StringComparer.Ordinal) { "jpy", "krw" };

    // Three decimals, of which the last must be zero.
    static readonly HashSet<string> ThreeDecimal = new(StringComparer.Ordinal) { "bhd", "kwd" };

    /// <summary>Amounts that can be charged are multiples of this.</summary>
    public static long Step(string currency) => ThreeDecimal.Contains(currency) ? 10 : 1;

    /// <summary>An amount that is no multiple of the step, in whatever direction it is to move; null when it is one.</summary>
    public static StripeError? RefuseStep(long amount, string currency) => amount % Step(currency) == 0
        ? null
        : StripeError.Invalid($"Invalid amount: amounts in {currency} must be divisible by {Step(currency)}.", null, "amount_invalid");

    public static IEnumerable<string> All => Minimums.Keys;

    public static long Minimum(string currency) => Minimums[currency];

    public static StripeError? Refuse(string currency, string path) =>
        Minimums.ContainsKey(currency.ToLowerInvariant())
            ? null
            : StripeError.Invalid(
                $"Invalid currency: {currency}. Stripe currently supports these currencies: "
                + string.Join(", ", Minimums.Keys), path);

    /// <summary>An amount for people: <c>$12.50</c>-like text, without decimals where the currency has none.</summary>
    public static string Show(long amount, string currency)
    {
        var code = currency.ToUpperInvariant();
        if (ZeroDecimal.Contains(currency))
            return string.Create(CultureInfo.InvariantCulture, $"{amount:N0} {code}");
        var sign = amount < 0 ? "-" : "";
        var whole = Math.Abs(amount);
        return ThreeDecimal.Contains(currency)
            ? string.Create(CultureInfo.InvariantCulture, $"{sign}{whole / 1000:N0}.{whole % 1000:D3} {code}")
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{whole / 100:N0}.{whole % 100:D2} {code}");
    }

    /// <summary>The processing fee: 2.9 % rounded half up to the minor unit, plus 30 minor units.</summary>
    public static long Fee(long amount) => ((amount * 29) + 500) / 1000 + 30;
}
