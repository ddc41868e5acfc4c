using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>
/// Every object that the simulator answers has the fields of Stripe's published example of it: no more, no fewer.
/// Each accepted difference stands in <see cref="Explained"/> with its reason.
/// </summary>
public sealed class FieldSetTests
{
    static readonly Dictionary<string, string> Explained = new()
    {
        // Newer than the examples: fields of version 2026-10-28 (as the official client of that version declares them).
        ["payment_intent.allowed_payment_method_types"] = "added in 2026",
        ["payment_intent.payment_record"] = "added in 2026",
        ["checkout.session.allowed_payment_method_types"] = "added in 2026",
        ["dispute.intended_submission_method"] = "added in 2026",
        ["dispute.network_reason_code"] = "shown for card disputes",
        ["account.groups"] = "added after the examples were made",
        // The examples expand what is expandable, or leave out what depends on the state.
        ["charge.refunds"] = "only when expanded, since version 2022-11-15",
        ["charge.outcome.risk_level"] = "present for payments that were scored; the example was not",
        ["charge.outcome.risk_score"] = "present for payments that were scored; the example was not",
        ["account.controller.fees"] = "present for accounts that a platform controls; the example controls itself",
        ["account.controller.is_controller"] = "as above",
        ["account.controller.losses"] = "as above",
        ["account.controller.requirement_collection"] = "as above",
        ["account.controller.stripe_dashboard"] = "as above",
        ["refund.destination_details.card.reference"] = "present once a refund has a reference; the example is a reversal",
        ["refund.destination_details.card.reference_status"] = "as above",
        ["refund.destination_details.card.reference_type"] = "as above",
        ["checkout.session.payment_method_options.card"] = "the example offers no card",
        ["payment_intent.payment_method_options.card"] = "the example offers no card",
    };

    static readonly JsonObject Fixtures = Load();

    [Theory]
    [InlineData("account")]
    [InlineData("account_link")]
    [InlineData("balance")]
    [InlineData("balance_transaction")]
    [InlineData("charge")]
    [InlineData("checkout.session")]
    [InlineData("customer")]
    [InlineData("dispute")]
    [InlineData("event")]
    [InlineData("item")]
    [InlineData("payment_intent")]
    [InlineData("payout")]
    [InlineData("refund")]
    [InlineData("transfer")]
    [InlineData("transfer_reversal")]
    public async Task An_object_has_the_fields_of_the_published_example(string noun)
    {
        await using var sim = await Sim.StartAsync();
        var differences = new List<string>();
        Compare(await Make(sim, noun), Fixtures[noun]!.AsObject(), noun, differences);
        differences.Where(path => !Explained.ContainsKey(path)).ShouldBeEmpty();
    }

    static async Task<JsonObject> Make(Sim sim, string noun)
    {
        var creator = await sim.Creator();
        var charge = await sim.Charge(10_000);
        var transfer = await sim.Post("/v1/transfers", $"amount=5000&currency=usd&destination={creator}");
        switch (noun)
        {
            case "account":
                return (await sim.Get($"/v1/accounts/{creator}")).Json;
            case "account_link":
                return (await sim.Post("/v1/account_links", $"account={creator}&type=account_onboarding"
                    + "&refresh_url=http://shop.test/r&return_url=http://shop.test/d")).Json;
            case "balance":
                return (await sim.Get("/v1/balance")).Json;
            case "charge":
                return charge.Json;
            case "customer":
                return (await sim.Post("/v1/customers", "email=a@example.com")).Json;
            case "dispute":
                return (await sim.Act("disputes", $"charge={charge.Id}")).Json;
            case "item":
                var session = await First(sim, "/v1/checkout/sessions");
                return (await sim.Get($"/v1/checkout/sessions/{session["id"]}/line_items")).Json["data"]![0]!.AsObject();
            case "payment_intent":
                return (await sim.Get($"/v1/payment_intents/{charge.Text("payment_intent")}")).Json;
            case "payout":
                return (await sim.Post("/v1/payouts", "amount=100&currency=usd", account: creator)).Json;
            case "refund":
                return (await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=100")).Json;
            case "transfer":
                return transfer.Json;
            case "transfer_reversal":
                return (await sim.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=100")).Json;
            case "checkout.session":
                return await First(sim, "/v1/checkout/sessions");
            default:
                return await First(sim, $"/v1/{noun}s");
        }
    }

    static async Task<JsonObject> First(Sim sim, string path) => (await sim.Get(path)).Json["data"]![0]!.AsObject();

    // Objects whose keys are the caller's or the event's own are not compared inside.
    static void Compare(JsonObject mine, JsonObject theirs, string path, List<string> differences)
    {
        foreach (var name in mine.Select(field => field.Key).Union(theirs.Select(field => field.Key)).ToList())
        {
            var full = $"{path}.{name}";
            if (mine.ContainsKey(name) != theirs.ContainsKey(name))
                differences.Add(full);
            else if (mine[name] is JsonObject inner && theirs[name] is JsonObject theirInner
                && name is not ("metadata" or "data" or "transfer_data" or "capabilities"))
                Compare(inner, theirInner, full, differences);
            else if (mine[name] is JsonArray { Count: > 0 } list && theirs[name] is JsonArray { Count: > 0 } theirList
                && list[0] is JsonObject first && theirList[0] is JsonObject theirFirst)
                Compare(first, theirFirst, $"{full}[]", differences);
        }
    }

    static JsonObject Load()
    {
        using var stream = typeof(FieldSetTests).Assembly.GetManifestResourceStream("stripe-objects.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
