using System.Globalization;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Offers;

/// <summary>An offer in one sentence that a person understands. Made from terms and price alone, so that it cannot say something else.</summary>
public static class PlainWords
{
    /// <summary>What is allowed, for how long, where, under which conditions, and what it costs. In English.</summary>
    public static string Summary(Terms terms, Price price)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(price);
        var parts = new List<string>
        {
            $"You may {List(terms.RightsScope.Select(Right))} for {Count(terms.ValidDays, "day")}, {Place(terms.Territories)}",
        };
        if (terms.Transforms.Count > 0)
        {
            parts.Add($"you may {List(terms.Transforms)} it");
        }

        if (terms.MaxUses is { } uses)
        {
            parts.Add($"at most {Count(uses, "use")} (a use is one file in one pass)");
        }

        if (terms.Attribution)
        {
            parts.Add("you must name the work where you use it");
        }

        parts.Add(Cost(price));
        if (price.IsOneOff && price.Amount.Minor > 0)
        {
            parts.Add(terms.RefundDays > 0
                ? $"you can have your money back within {Count(terms.RefundDays, "day")}"
                : "there is no refund");
        }

        return string.Join("; ", parts) + ".";
    }

    private static string Cost(Price price) => price switch
    {
        { Amount.Minor: 0 } => "it is free",
        { IsOneOff: true } => $"it costs {price.Amount}, once",
        { Meter: Meter.BytesDelivered, Per: 1_000_000 } => $"each megabyte delivered costs {price.Amount} from your wallet",
        { Meter: Meter.BytesDelivered } => $"each {Count(price.Per, "byte")} delivered cost {price.Amount} from your wallet",
        { Per: 1 } => $"each file costs {price.Amount} a pass from your wallet",
        _ => $"each {Count(price.Per, "file")} cost {price.Amount} a pass from your wallet",
    };

    private static string Place(IReadOnlyList<string> territories) =>
        territories.Count == 0 ? "anywhere in the world" : $"in {List(territories)} only";

    private static string Right(string right) => right switch
    {
        "ai-train" => "train AI models on it",
        "ai-input" => "use it as input to AI models",
        "ai-index" => "index it for AI retrieval",
        "search" => "index it for search",
        "evaluate" => "evaluate models with it",
        "read" => "read it",
        _ => right,
    };

    private static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count == 1 ? all[0] : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }

    private static string Count(long number, string noun) => string.Create(
        CultureInfo.InvariantCulture, $"{number:#,0} {noun}{(number == 1 ? "" : "s")}");
}
