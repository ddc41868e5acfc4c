using System.Net;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>What nobody asked for over the interface: owners, banks and Stripe's own staff move things, and only the lists tell.</summary>
public sealed class MovementTests
{
    [Fact]
    public async Task An_account_whose_owner_takes_the_access_back_is_told_of_once_and_answers_no_more()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(5_000);
        var account = await sim.Creator();

        await sim.Act($"accounts/{account}/deauthorize");

        (await sim.Get($"/v1/accounts/{account}")).Error["code"]!.GetValue<string>().ShouldBe("account_invalid");
        (await sim.Get("/v1/balance", account)).Status.ShouldBe(HttpStatusCode.Forbidden);
        var transfer = await sim.Post("/v1/transfers", $"amount=100&currency=usd&destination={account}");
        transfer.Error["code"]!.GetValue<string>().ShouldBe("resource_missing");
        (await sim.Get("/v1/accounts")).Json["data"]!.AsArray().ShouldBeEmpty();
        (await sim.Post($"/_sim/accounts/{account}/deauthorize", "", bearer: null)).Status.ShouldBe(HttpStatusCode.NotFound);
        charge.Text("status").ShouldBe("succeeded");
    }

    [Fact]
    public async Task Fees_corrections_and_payouts_that_come_back_are_movements_of_the_platforms_balance()
    {
        await using var sim = await Sim.StartAsync();
        await sim.Charge(10_000);
        var payout = await sim.Act("payouts", "amount=3000&currency=usd&fee=25");
        await sim.Act("movements", "type=stripe_fee&amount=-200&currency=usd");
        await sim.Act("movements", "type=topup&amount=700&currency=usd");
        await sim.Act($"payouts/{payout.Id}/complete", "outcome=paid");
        await sim.Act($"payouts/{payout.Id}/complete", "outcome=failed");

        var totals = await sim.Totals();
        var usd = totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!;
        usd["available"]!.GetValue<long>().ShouldBe(10_000 - 320 - 25 - 200 + 700);
        usd["payouts"]!.GetValue<long>().ShouldBe(0);
        usd["moved_by_hand"]!.GetValue<long>().ShouldBe(500);
        (await sim.Post("/_sim/movements", "type=stripe_fee&amount=5&currency=usd", bearer: null)).Status
            .ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_lost_dispute_can_be_won_later_and_the_money_is_back()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(5_000);
        var dispute = await sim.Act("disputes", $"charge={charge.Id}");
        await sim.Act($"disputes/{dispute.Id}/close", "outcome=lost");

        (await sim.Act($"disputes/{dispute.Id}/close", "outcome=won")).Text("status").ShouldBe("won");

        var totals = await sim.Totals();
        totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!["disputes"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task A_key_without_a_permission_is_told_so_and_the_object_is_there_all_the_same()
    {
        await using var sim = await Sim.StartAsync();
        var account = await sim.Creator();
        await sim.Act("faults", $"kind=forbidden&method=GET&path=/v1/accounts/{account}");

        (await sim.Get($"/v1/accounts/{account}")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await sim.Get($"/v1/accounts/{account}")).Status.ShouldBe(HttpStatusCode.OK);
    }
}
