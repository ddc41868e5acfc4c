using System.Net.Http.Json;
using Tallystick.Server.Payments;
using Tallystick.Server.Payments.Stripe;
using Tallystick.Server.Tests.Payouts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>An account can be taken back by its owner, and a refusal to open one is not for ever.</summary>
public sealed class PayoutAccountTests(Postgres postgres)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_that_its_owner_takes_back_is_marked_and_replaced_by_a_new_one(bool told)
    {
        await using var shop = await Shop.Open(postgres, webhooks: told);
        var creator = await Member.Creator(shop.Server);
        var first = await shop.OpenAccount(creator);

        await shop.At($"accounts/{first}/deauthorize");
        // Nobody tells: it is asked for from time to time, also while it works.
        shop.Server.Clock.Advance(TimeSpan.FromHours(7));
        await Eventually.Holds(async () => (await Show(creator))["transfers"]!.ToString() == "disconnected", "it is marked");
        (await Show(creator))["payouts_enabled"]!.GetValue<bool>().ShouldBeFalse();

        var second = await shop.OpenAccount(creator);

        second.ShouldNotBe(first);
        (await shop.Database.QueryOne<string>("select account_id from payments.past_payout_account", null, Shop.Stop)).ShouldBe(first);
    }

    [Fact]
    public async Task Who_opens_an_account_again_that_was_taken_back_unnoticed_gets_a_new_one_at_once()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var creator = await Member.Creator(shop.Server);
        var first = await shop.OpenAccount(creator);
        await shop.At($"accounts/{first}/deauthorize");

        (await shop.OpenAccount(creator)).ShouldNotBe(first);
    }

    [Fact]
    public async Task A_key_that_may_not_read_an_account_does_not_disconnect_it()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var creator = await Member.Creator(shop.Server);
        var account = await shop.OpenAccount(creator);
        await shop.At("faults", ("kind", "forbidden"), ("path", $"/v1/accounts/{account}"), ("method", "GET"), ("count", "1"));

        shop.Server.Clock.Advance(TimeSpan.FromHours(7));
        await Eventually.Holds(async () => await shop.Database.QueryOne<bool>(
            "select check_at > @Now from payments.payout_account", new { Now = shop.Server.Clock.GetUtcNow() }, Shop.Stop));

        (await Show(creator))["transfers"]!.ToString().ShouldBe("active");
    }

    [Fact]
    public async Task A_refusal_to_open_an_account_ends_with_another_country_or_after_a_while()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var creator = await Member.Creator(shop.Server);
        await shop.At("faults", ("kind", "refused"), ("path", "/v1/accounts"), ("method", "POST"), ("count", "1"));

        (await Open(creator, "US").Problem(422)).ShouldBe("checkout-refused");
        (await Open(creator, "US").Problem(422)).ShouldBe("checkout-refused");
        (await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Problem(404)).ShouldBe("not-found");
        // What the gateway lets a platform do is the operator's to ask for.
        (await SweepTests.Cases(shop, PaymentCases.Account)).ShouldBe(1);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(11));
        (await Open(creator, "US").Json())["onboarding_url"].ShouldNotBeNull();
        (await SweepTests.Cases(shop, PaymentCases.Account)).ShouldBe(0);

        var other = await Member.Creator(shop.Server);
        (await Open(other, "ZZ").Problem(422)).ShouldBe("checkout-refused");
        (await SweepTests.Cases(shop, PaymentCases.Account)).ShouldBe(0, "a slip of the payee's");
        (await Open(other, "DE").Json())["onboarding_url"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_payee_abroad_is_paid_under_the_recipients_agreement_and_one_at_home_under_the_full_one()
    {
        await using var shop = await Shop.Open(postgres);
        var (near, far) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await PayoutSteps.Fund(shop, 5_000);

        var accounts = (Near: await shop.OpenAccount(near), Far: await shop.OpenAccount(far, "DE"));

        (await shop.ReadGateway($"accounts/{accounts.Near}"))["tos_acceptance"]!["service_agreement"].ShouldBeNull();
        (await shop.ReadGateway($"accounts/{accounts.Far}"))["tos_acceptance"]!["service_agreement"]!.ToString().ShouldBe("recipient");
        await PayoutSteps.State(shop, await PayoutSteps.Queue(shop, far, 1_000), "paid");
    }

    [Theory]
    [InlineData("US", "US", null, false)]
    [InlineData("US", "DE", "recipient", false)]
    [InlineData("US", "CA", "recipient", false)]
    [InlineData("DE", "FR", null, false)]
    [InlineData("DE", "NO", null, false)]
    [InlineData("DE", "GB", null, true)]
    [InlineData("GB", "US", null, true)]
    [InlineData("JP", "JP", null, false)]
    public void The_terms_depend_on_whether_a_border_lies_between_and_on_which_side_the_platform_is(
        string platform, string payee, string? agreement, bool withCards) =>
        AccountTerms.Of(platform, payee).ShouldBe(new AccountTerms(agreement, withCards));

    private static async Task<System.Text.Json.Nodes.JsonObject> Show(Member creator) =>
        await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json();

    private static Task<HttpResponseMessage> Open(Member creator, string country) =>
        creator.Http.PostAsJsonAsync("/v1/payout-account", new { country }, Shop.Stop);
}
