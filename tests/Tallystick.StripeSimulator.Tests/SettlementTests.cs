using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>What the platform is paid in one currency and settled in another, and banks that decide again.</summary>
public sealed class SettlementTests
{
    [Fact]
    public async Task A_charge_its_refund_and_its_dispute_are_settled_at_the_rate_and_say_it()
    {
        await using var sim = await Sim.StartAsync();
        await sim.Act("settlement", "currency=eur&into=usd&rate=1.08");
        var charge = await sim.Charge(1_000, "eur");

        var settled = await Transaction(sim, charge.Json["balance_transaction"]!);
        // 2.9 % and 30 of 1 000 are 59, at 1.08 63.72.
        Of(settled).ShouldBe((1_080, 64, 1_016, "usd"));
        settled["exchange_rate"]!.ToString().ShouldBe("1.08");
        (await sim.Get("/v1/balance")).Json["available"]!.AsArray().Select(a => a!["currency"]!.ToString()).ShouldBe(["usd"]);

        await sim.Charge(10_000);
        var refund = await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=500");
        refund.Json["currency"]!.ToString().ShouldBe("eur");
        Of(await Transaction(sim, refund.Json["balance_transaction"]!)).ShouldBe((-540, 0, -540, "usd"));
        var dispute = await sim.Act("disputes", $"charge={charge.Id}");
        dispute.Json["amount"]!.GetValue<long>().ShouldBe(500);
        Of(dispute.Json["balance_transactions"]![0]!).ShouldBe((-540, 1_620, -2_160, "usd"));
        (await sim.Totals())["balanced"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task Without_a_rate_nothing_is_converted_and_a_wrong_one_is_refused()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1_000, "eur");
        var settled = await Transaction(sim, charge.Json["balance_transaction"]!);
        settled["currency"]!.ToString().ShouldBe("eur");
        settled["exchange_rate"].ShouldBeNull();
        foreach (var wrong in new[] { "currency=eur&into=usd&rate=0", "currency=eur&into=usd&rate=-1", "currency=eur&into=usd&rate=x", "currency=eur&into=xxx&rate=1" })
        {
            ((int)(await sim.Post("/_sim/settlement", wrong)).Status).ShouldBe(400, wrong);
        }
    }

    [Fact]
    public async Task A_bank_that_decides_again_moves_the_money_each_time_and_a_warning_moves_none()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(10_000);
        var dispute = await sim.Act("disputes", $"charge={charge.Id}&warning=true");
        dispute.Json["status"]!.ToString().ShouldBe("warning_needs_response");
        dispute.Json["balance_transactions"]!.AsArray().ShouldBeEmpty();

        foreach (var (outcome, movements) in new[] { ("needs_response", 1), ("lost", 1), ("won", 2), ("lost", 3), ("won", 4) })
        {
            var decided = await sim.Act($"disputes/{dispute.Id}/close", $"outcome={outcome}");
            decided.Json["status"]!.ToString().ShouldBe(outcome);
            decided.Json["balance_transactions"]!.AsArray().Count.ShouldBe(movements);
        }

        ((int)(await sim.Post($"/_sim/disputes/{dispute.Id}/close", "outcome=won")).Status).ShouldBe(400, "it is won");
        ((int)(await sim.Post($"/v1/disputes/{dispute.Id}/close", "")).Status).ShouldBe(400, "what is closed cannot be accepted");
        (await sim.Totals())["balanced"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task Three_decimals_are_charged_in_steps_of_ten()
    {
        await using var sim = await Sim.StartAsync();
        (await sim.Post("/v1/checkout/sessions", Sim.Order(1_005, "kwd"))).Error["code"]!.ToString().ShouldBe("amount_invalid");
        (await sim.Post("/v1/checkout/sessions", Sim.Order(1_010, "kwd"))).Json["object"]!.ToString().ShouldBe("checkout.session");
        (await sim.Post("/v1/payouts", "amount=1005&currency=kwd")).Error["code"]!.ToString().ShouldBe("amount_invalid");
    }

    static async Task<JsonNode> Transaction(Sim sim, JsonNode reference) =>
        reference is JsonObject expanded ? expanded : (await sim.Get($"/v1/balance_transactions/{reference}")).Json;

    static (long, long, long, string) Of(JsonNode transaction) => (
        transaction["amount"]!.GetValue<long>(), transaction["fee"]!.GetValue<long>(), transaction["net"]!.GetValue<long>(),
        transaction["currency"]!.ToString());
}
