using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Refunds, whole or in part. The processing fee of the charge is not returned.</summary>
internal static class Refunds
{
    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/refunds", Create, P.Text("charge", 255), P.Text("payment_intent", 255), P.Amount(),
            P.Choice("reason", "duplicate", "fraudulent", "requested_by_customer"), P.Metadata(),
            P.Boolean("reverse_transfer"), P.Boolean("refund_application_fee")),
        Operation.List("/v1/refunds", List, P.Created, P.Text("charge", 255), P.Text("payment_intent", 255)),
        Operation.Get("/v1/refunds/{id}", Render.Retrieve("refund")),
        Operation.Post("/v1/refunds/{id}", Render.Update("refund", "refund.updated"), P.Metadata()),
    ];

    public static JsonObject OfCharge(World world, string charge) =>
        Listing.Of($"/v1/charges/{charge}/refunds",
            [.. world.All("refund").Where(refund => refund.Text("charge") == charge).Reverse()
                .Select(refund => (JsonNode)Render.One(world, refund))]);

    /// <summary>Pays refunds that waited for the balance, oldest first, as far as it suffices now.</summary>
    public static void RetryPending(World world)
    {
        foreach (var refund in world.PendingRefunds.ToList())
        {
            if (!Suffices(world, refund.Owner, refund.Text("currency")!, refund.Long("amount")))
                continue;
            world.PendingRefunds.Remove(refund);
            var before = Render.One(world, refund);
            Pay(world, refund, world.Now);
            var after = Render.One(world, refund);
            Events.Emit(world, "refund.updated", refund.Owner, after, Events.Difference(before, after));
        }
    }

    /// <summary>
    /// The buyer's bank sends back what had succeeded, days later, and the money is the account's again; or what waits for
    /// the balance comes to nothing before any moved. The charge counts as not refunded by it.
    /// </summary>
    public static bool Fail(World world, Resource refund, string reason)
    {
        var isPaid = refund.Text("status") == "succeeded";
        if (!isPaid && !world.PendingRefunds.Remove(refund))
            return false;
        var charge = world.Find(refund.Text("charge")!)!;
        charge["amount_refunded"] = charge.Long("amount_refunded") - refund.Long("amount");
        charge["refunded"] = false;
        var before = Render.One(world, refund);
        refund["status"] = "failed";
        refund.Optional("failure_reason", reason);
        refund.Optional("pending_reason", null);
        if (isPaid)
        {
            refund.Optional("failure_balance_transaction", BalanceTransactions.Record(world, new BalanceTransactions.Movement(
                refund.Owner, "refund_failure", "refund_failure", refund.Text("currency")!, refund.Long("amount"), refund.Id)
            {
                Description = "REFUND FAILURE FOR CHARGE",
            }).Id);
        }

        foreach (var type in (string[])["refund.updated", "refund.failed"])
        {
            var after = Render.One(world, refund);
            Events.Emit(world, type, refund.Owner, after, Events.Difference(before, after));
        }

        return true;
    }

    static Answer Create(Call call)
    {
        if (Charge(call, out var charge) is { } wrong)
            return wrong;
        if (Refuse(call, charge, out var amount) is { } refused)
            return refused;

        charge["amount_refunded"] = charge.Long("amount_refunded") + amount;
        charge["refunded"] = charge.Long("amount_refunded") == charge.Long("amount");
        var refund = Open(call, charge, amount);
        // A refund of money that is still pending comes out of what is pending; else the available balance must suffice.
        var paidBy = call.World.Find(charge.Text("balance_transaction")!)!;
        if (paidBy.Text("status") == "pending")
        {
            Pay(call.World, refund, paidBy.Long("available_on"));
        }
        else if (Suffices(call.World, call.Owner, charge.Text("currency")!, amount))
        {
            Pay(call.World, refund, call.World.Now);
        }
        else
        {
            refund["status"] = "pending";
            refund.Optional("pending_reason", "insufficient_funds");
            call.World.PendingRefunds.Add(refund);
        }

        Events.Emit(call.World, "refund.created", call.Owner, Render.One(call.World, refund));
        Events.Emit(call.World, "charge.refunded", call.Owner, Render.One(call.World, charge), new JsonObject
        {
            ["amount_refunded"] = charge.Long("amount_refunded") - amount,
            ["refunded"] = false,
        });
        return Render.One(call.World, refund);
    }

    static StripeError? Charge(Call call, out Resource charge)
    {
        charge = null!;
        var (id, intentId) = (call.Arguments.Text("charge"), call.Arguments.Text("payment_intent"));
        if (id is null && intentId is null)
            return StripeError.Invalid("One of the following params should be provided for this request: payment_intent or "
                + "charge.", null, "parameter_missing");
        if (id is not null && intentId is not null)
            return StripeError.Invalid(
                "You may only specify one of these parameters: charge, payment_intent.", "charge", "parameters_exclusive");
        if (intentId is not null)
        {
            if (call.World.Find("payment_intent", intentId, call.Owner) is not { } intent)
                return StripeError.NoSuch("payment_intent", intentId, "payment_intent");
            id = intent.Text("latest_charge");
        }

        if (call.World.Find("charge", id, call.Owner) is not { } found)
            return StripeError.NoSuch("charge", id ?? "", "charge");
        charge = found;
        return null;
    }

    static StripeError? Refuse(Call call, Resource charge, out long amount)
    {
        var open = charge.Long("amount") - charge.Long("amount_refunded");
        amount = call.Arguments.Integer("amount") ?? open;
        var currency = charge.Text("currency")!;
        if (!charge.Flag("paid"))
            return StripeError.Invalid("This PaymentIntent does not have a successful charge to refund.", null,
                "charge_not_refundable");
        if (charge.Text("source_transfer") is not null)
            return StripeError.Invalid("Payments made by a transfer are returned by reversing the transfer.", "charge",
                "charge_not_refundable");
        if (charge.Flag("disputed"))
            return StripeError.Invalid(
                $"Charge {charge.Id} has been charged back; cannot issue a refund.", null, "charge_disputed");
        if (open == 0)
            return StripeError.Invalid($"Charge {charge.Id} has already been refunded.", null, "charge_already_refunded");
        if (amount > open)
            return StripeError.Invalid(
                $"Refund amount ({Currencies.Show(amount, currency)}) is greater than "
                + $"{(open == charge.Long("amount") ? "charge amount" : "unrefunded amount on charge")} "
                + $"({Currencies.Show(open, currency)})", "amount");
        if (Currencies.RefuseStep(amount, currency) is { } offStep)
            return offStep;
        if (call.Arguments.Boolean("reverse_transfer") == true)
            return StripeError.Invalid(
                "Cannot use `reverse_transfer` on a charge that was not created with a destination: it has no associated "
                + "transfer. Reverse the separate transfers instead.", "reverse_transfer");
        return call.Arguments.Boolean("refund_application_fee") == true
            ? StripeError.Invalid("Cannot refund an application fee: the charge has none.", "refund_application_fee")
            : null;
    }

    static Resource Open(Call call, Resource charge, long amount)
    {
        var refund = call.World.Add("refund", call.World.NextId("re_3", 23), call.Owner);
        refund["amount"] = amount;
        refund["charge"] = charge.Id;
        refund["currency"] = charge.Text("currency");
        refund["customer"] = charge.Text("customer");
        refund["metadata"] = call.Arguments.Metadata();
        refund["payment_intent"] = charge.Text("payment_intent");
        refund["payment_method"] = charge.Text("payment_method");
        refund["reason"] = call.Arguments.Text("reason");
        return refund;
    }

    static void Pay(World world, Resource refund, long availableOn)
    {
        var recorded = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            refund.Owner, "refund", "refund", refund.Text("currency")!, -refund.Long("amount"), refund.Id)
        {
            AvailableOn = availableOn,
            Description = "REFUND FOR CHARGE",
        });
        refund["balance_transaction"] = recorded.Id;
        refund["status"] = "succeeded";
        refund.Optional("pending_reason", null);
    }

    static bool Suffices(World world, string owner, string currency, long amount)
    {
        var (settledIn, needed, _) = world.Settled(owner, currency, amount);
        return world.Ledger.Balance(Ledger.Available(owner), settledIn) >= needed;
    }

    static Answer List(Call call)
    {
        var (charge, intent) = (call.Arguments.Text("charge"), call.Arguments.Text("payment_intent"));
        return Listing.Page(call, "refund", "/v1/refunds", resource => Render.One(call.World, resource), refund =>
            call.Arguments.InRange("created", refund.Created)
            && (charge is null || refund.Text("charge") == charge)
            && (intent is null || refund.Text("payment_intent") == intent));
    }
}
