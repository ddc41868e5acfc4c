using System.Net.Http.Json;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payouts.PayoutSteps;

namespace Tallystick.Server.Tests.Payouts;

public sealed class PayoutTests(Postgres postgres)
{
    [Fact]
    public async Task A_transfer_that_timed_out_after_it_was_made_is_asked_for_and_paid_once()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", "timeout_after"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "2"));

        var id = await Queue(shop, creator, 1_000);

        await State(shop, id, "unknown");
        await Nudge(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_failure_that_the_gateway_keeps_repeating_is_never_taken_for_an_answer()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        // The gateway stores its own failure under the key and replays it: only a new key, a day later, gets through.
        await shop.At("faults", ("kind", "error_stored"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "1"));

        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "unknown");
        shop.Server.Clock.Advance(TimeSpan.FromHours(26));

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_is_blocked_until_its_account_is_cleared()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: false);
        await Fund(shop, 5_000);
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "blocked");

        var link = await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
        await shop.At($"onboarding/{link["onboarding_url"]!.ToString().Split('/')[^1]}");

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_waits_until_the_gateways_balance_covers_it()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        var id = await Queue(shop, creator, 1_000);
        await Eventually.Holds(async () => (await Find(shop, id)).Reason == "waits for available balance");

        await Fund(shop, 5_000);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(1));

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_to_an_account_that_was_taken_back_waits_for_the_payees_next_one()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false, SweepTests.Often());
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var account = await shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);
        await shop.At($"accounts/{account}/deauthorize");

        var id = await Queue(shop, creator, 1_000);
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromSeconds(30));
            return (await Find(shop, id)).State == "blocked";
        });
        await shop.OpenAccount(creator);

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    /// <summary>antiwork/gumroad#6029: night after night the transfer was refused, and the payee's page said that all was well.</summary>
    [Fact]
    public async Task A_payee_who_may_no_longer_receive_sees_it_as_soon_as_a_payout_has_found_it_out_and_is_paid_when_it_is_mended()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("webhooks", ("mode", "hold"));
        var account = await shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);
        await shop.At($"accounts/{account}", ("capability", "transfers"), ("status", "inactive"));

        var id = await Queue(shop, creator, 1_000);
        await Eventually.Holds(async () => (await Find(shop, id)).Attempt == 2, "it was tried once");

        (await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json())["transfers"]!.ToString().ShouldBe("inactive");
        await Nudge(shop, id, "blocked");
        await shop.At($"accounts/{account}", ("capability", "transfers"), ("status", "active"));
        (await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json())["transfers"]!.ToString().ShouldBe("active");
        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }
}
