using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Resources;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>Replaces identifiers by their objects where <c>expand[]</c> asks for it, four levels deep at most.</summary>
internal static class Expansion
{
    const int DepthMax = 4;

    // Field by kind, and what kinds stand behind it.
    static readonly Dictionary<(string Noun, string Field), string[]> Expandable = new()
    {
        [("payment_intent", "latest_charge")] = ["charge"],
        [("payment_intent", "customer")] = ["customer"],
        [("charge", "balance_transaction")] = ["balance_transaction"],
        [("charge", "payment_intent")] = ["payment_intent"],
        [("charge", "customer")] = ["customer"],
        [("charge", "refunds")] = ["refund"],
        [("charge", "source_transfer")] = ["transfer"],
        [("refund", "balance_transaction")] = ["balance_transaction"],
        [("refund", "failure_balance_transaction")] = ["balance_transaction"],
        [("refund", "charge")] = ["charge"],
        [("refund", "payment_intent")] = ["payment_intent"],
        [("transfer", "balance_transaction")] = ["balance_transaction"],
        [("transfer", "destination")] = ["account"],
        [("transfer", "destination_payment")] = ["charge"],
        [("transfer", "source_transaction")] = ["charge"],
        [("transfer_reversal", "balance_transaction")] = ["balance_transaction"],
        [("transfer_reversal", "transfer")] = ["transfer"],
        [("transfer_reversal", "destination_payment_refund")] = ["refund"],
        [("checkout.session", "payment_intent")] = ["payment_intent"],
        [("checkout.session", "customer")] = ["customer"],
        [("checkout.session", "line_items")] = ["item"],
        [("balance_transaction", "source")] =
            ["charge", "refund", "transfer", "transfer_reversal", "payout", "dispute"],
        [("payout", "balance_transaction")] = ["balance_transaction"],
        [("dispute", "charge")] = ["charge"],
        [("dispute", "payment_intent")] = ["payment_intent"],
    };

    /// <summary>Refuses paths that cannot be expanded, before any work is done.</summary>
    public static StripeError? Refuse(string noun, bool isList, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var parts = path.Split('.');
            if (parts.Length > DepthMax)
                return StripeError.Invalid(
                    $"You cannot expand more than {DepthMax} levels of a property. Property: {path}", "expand");
            var fields = isList && parts[0] == "data" ? parts[1..] : parts;
            if ((isList && parts[0] != "data") || !IsKnown([noun], fields))
                return StripeError.Invalid(
                    $"This property cannot be expanded ({path})."
                    + (isList && parts[0] != "data" ? $" You may want to try expanding 'data.{path}' instead." : ""), "expand");
        }

        return null;
    }

    /// <summary>Expands checked paths in place.</summary>
    public static void Apply(World world, JsonObject target, IEnumerable<string> paths)
    {
        foreach (var path in paths)
            One(world, target, path.Split('.'));
    }

    static bool IsKnown(string[] nouns, ReadOnlySpan<string> fields)
    {
        if (fields.Length == 0)
            return true;
        // A list of refunds or items inside an object is itself addressed by "data".
        if (fields[0] == "data" && nouns is ["refund"] or ["item"])
            return IsKnown(nouns, fields[1..]);
        var field = fields[0];
        var next = nouns.SelectMany(noun => Expandable.GetValueOrDefault((noun, field), [])).Distinct().ToArray();
        return next.Length > 0 && IsKnown(next, fields[1..]);
    }

    static void One(World world, JsonObject target, ReadOnlySpan<string> parts)
    {
        if (parts.Length == 0)
            return;
        if (parts[0] == "data")
        {
            foreach (var item in target["data"]!.AsArray())
                One(world, item!.AsObject(), parts[1..]);
            return;
        }

        if (Expanded(world, target, parts[0]) is not { } expanded)
            return;
        if (expanded.Parent is null)
            target[parts[0]] = expanded;
        One(world, expanded, parts[1..]);
    }

    static JsonObject? Expanded(World world, JsonObject target, string field)
    {
        if (field == "line_items")
            return CheckoutSessions.LineItems(world, target["id"]!.GetValue<string>());
        if (field == "refunds")
            return Refunds.OfCharge(world, target["id"]!.GetValue<string>());
        return target[field] switch
        {
            JsonObject already => already,
            JsonValue id when world.Find(id.GetValue<string>()) is { } found => Render.One(world, found),
            _ => null,
        };
    }
}
