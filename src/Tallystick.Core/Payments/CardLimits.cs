using Tallystick.Core.Amounts;

namespace Tallystick.Core.Payments;

/// <summary>
/// What the card gateway charges at least, at most and in which steps, by currency: known when a price is named, not when somebody
/// tries to pay it. Smallest charges as Stripe publishes them; where it publishes none it asks for what half a dollar is worth,
/// and the number here leaves room above that.
/// </summary>
public static class CardLimits
{
    /// <summary>Eight digits, in every currency.</summary>
    public const long MinorMost = 99_999_999;

    private static readonly Dictionary<string, long> Least = new(StringComparer.Ordinal)
    {
        ["USD"] = 50, ["EUR"] = 50, ["GBP"] = 30, ["CHF"] = 50, ["CAD"] = 50, ["AUD"] = 50, ["NZD"] = 50, ["SEK"] = 300,
        ["NOK"] = 300, ["DKK"] = 250, ["PLN"] = 200, ["CZK"] = 1_500, ["BRL"] = 50, ["MXN"] = 1_000, ["INR"] = 50,
        ["SGD"] = 50, ["HKD"] = 400, ["ZAR"] = 1_000, ["JPY"] = 50, ["KRW"] = 500, ["KWD"] = 200, ["BHD"] = 200,
    };

    /// <summary>Currencies that can be paid by card.</summary>
    public static IReadOnlyCollection<string> Codes => Least.Keys;

    /// <summary>True when a card can be charged in this currency at all.</summary>
    public static bool CanCharge(Currency currency) => Least.ContainsKey(currency.Code);

    /// <summary>Smallest amount of one charge, in minor units.</summary>
    public static long MinorLeast(Currency currency) => Least[currency.Code];

    /// <summary>Amounts are multiples of this: of three decimals the cards' networks settle two.</summary>
    public static long Step(Currency currency) => currency.MinorDigits == 3 ? 10 : 1;

    /// <summary>
    /// The most of an amount that the gateway moves, into either direction. What is cut off stays where it is and its owner's.
    /// What goes back or out has no least beside the step: the smallest charges are for charges alone.
    /// </summary>
    /// <param name="minor">Minor units, not negative.</param>
    /// <param name="currency">Decides the step.</param>
    public static long Cut(long minor, Currency currency) => minor - (minor % Step(currency));

    /// <summary>Why a card cannot be charged this amount, in words; null when it can.</summary>
    public static string? Fault(Money amount)
    {
        var currency = amount.Currency;
        if (!CanCharge(currency))
        {
            return $"{currency} cannot be paid by card.";
        }

        var (least, step) = (MinorLeast(currency), Step(currency));
        return amount.Minor < least || amount.Minor > MinorMost
            ? $"A card is charged from {new Money(least, currency)} to {new Money(MinorMost, currency)}."
            : amount.Minor % step != 0
                ? $"A card is charged in steps of {new Money(step, currency)}."
                : null;
    }
}
