using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Payments;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Offers;

/// <summary>What an offer may say, and the hash that names it.</summary>
public static class OfferRules
{
    /// <summary>Largest amount of a price, in minor units: cost × quantity stays far inside 128 bits.</summary>
    public const long AmountMinorMost = 1_000_000_000_000;

    /// <summary>Largest number of units one amount buys: a terabyte.</summary>
    public const long PerMost = 1_000_000_000_000;

    /// <summary>Largest number of uses that can be stated.</summary>
    public const long UsesMost = 1_000_000_000_000;

    /// <summary>Longest validity, ten years.</summary>
    public const int ValidDaysMost = 3_653;

    /// <summary>Longest refund window.</summary>
    public const int RefundDaysMost = 90;

    /// <summary>Uses that can be allowed.</summary>
    public static readonly IReadOnlyList<string> Rights = ["ai-train", "ai-input", "ai-index", "search", "evaluate", "read"];

    /// <summary>Transforms that can be allowed.</summary>
    public static readonly IReadOnlyList<string> Transforms = ["tokenize", "augment", "translate", "excerpt"];

    /// <summary>Everything that is wrong, as member and message in words; empty when it can be offered.</summary>
    public static IReadOnlyList<(string Member, string Message)> Faults(Terms terms, Price price)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(price);
        var faults = new List<(string Member, string Message)>();
        void Require(bool holds, string member, string message)
        {
            if (!holds)
            {
                faults.Add((member, message));
            }
        }

        Require(
            terms.RightsScope.Count > 0 && IsChoice(terms.RightsScope, Rights),
            "terms.rights_scope",
            $"One or more of {string.Join(", ", Rights)}, each once.");
        Require(
            IsChoice(terms.Transforms, Transforms),
            "terms.transforms",
            $"Any of {string.Join(", ", Transforms)}, each once.");
        Require(terms.ValidDays is >= 1 and <= ValidDaysMost, "terms.valid_days", $"Between 1 and {ValidDaysMost}.");
        Require(terms.MaxUses is null or (>= 1 and <= UsesMost), "terms.max_uses", $"Between 1 and {UsesMost}, or none.");
        Require(
            terms.Territories.Count <= 250 && terms.Territories.All(IsCountry) && IsDistinct(terms.Territories),
            "terms.territories",
            "Country codes of two capital letters (ISO 3166-1), each once; none for the whole world.");
        Require(terms.RefundDays is >= 0 and <= RefundDaysMost, "terms.refund_days", $"Between 0 and {RefundDaysMost}.");
        Require(
            price.Meter is Meter.None or Meter.BytesDelivered or Meter.SegmentUnlocked,
            "price.meter",
            "One of none, bytes_delivered, segment_unlocked.");
        Require(
            price.Amount.Minor >= (price.IsOneOff ? 0 : 1) && price.Amount.Minor <= AmountMinorMost,
            "price.amount",
            $"Positive and at most {AmountMinorMost} minor units; zero only when paid once.");
        Require(
            price.IsOneOff || price.Amount.Currency == Currency.Xrp || CardLimits.CanCharge(price.Amount.Currency),
            "price.currency",
            "A wallet cannot be topped up in this currency.");
        // XRP is not paid by card, and a free offer is not paid.
        var charge = price.IsOneOff && price.Amount.Minor > 0 && price.Amount.Currency != Currency.Xrp
            ? CardLimits.Fault(price.Amount)
            : null;
        Require(charge is null, "price.amount", charge ?? "");
        Require(
            price.IsOneOff ? price.Per == 1 : price.Per is >= 1 and <= PerMost,
            "price.per",
            $"Between 1 and {PerMost}; 1 when paid once.");
        return faults;
    }

    /// <summary>SHA-256 of the canonical JSON of work, terms and price, unpadded base64url: what was offered, to the byte.</summary>
    public static string Hash(WorkId work, Terms terms, Price price) => CanonicalJson.Sha256Base64Url(new JsonObject
    {
        ["work_id"] = work.ToString(),
        ["terms"] = TallyJson.ToNode(terms),
        ["price"] = TallyJson.ToNode(new { price.Amount, price.Meter, price.Per }),
    });

    private static bool IsChoice(IReadOnlyList<string> chosen, IReadOnlyList<string> known) =>
        chosen.All(known.Contains) && IsDistinct(chosen);

    private static bool IsDistinct(IReadOnlyList<string> items) =>
        items.Distinct(StringComparer.Ordinal).Count() == items.Count;

    private static bool IsCountry(string code) => code is { Length: 2 } && code.All(char.IsAsciiLetterUpper);
}
