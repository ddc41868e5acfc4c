using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Payments;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>
/// What the adapter says and hears, against the simulator always and against Stripe itself in test mode when
/// TALLY_STRIPE_KEY holds a key of it. The adapter is the same and is not told which it is.
/// </summary>
public sealed class StripeAdapterTests(Postgres postgres)
{
    private const string KeyVariable = "TALLY_STRIPE_KEY";

    [Fact]
    public async Task The_simulator_understands_all_that_the_adapter_says()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        await Converse(shop.Server);
    }

    [Fact]
    public async Task Stripe_itself_understands_all_that_the_adapter_says()
    {
        var key = Environment.GetEnvironmentVariable(KeyVariable) ?? "";
        Assert.SkipUnless(
            key.StartsWith("sk_test_", StringComparison.Ordinal), $"{KeyVariable} holds no test key: the simulator stands in.");
        await using var server = await TestServer.Start(postgres, new() { ["Payments:StripeSecretKey"] = key });
        await Converse(server);
    }

    /// <summary>1 A checkout, opened twice under one key. 2 Read back. 3 A connected account and its link. 4 A transfer that must be refused. 5 Balance and lists.</summary>
    private static async Task Converse(TestServer server)
    {
        var (gateway, stop) = (server.Services.GetRequiredService<StripeGateway>(), TestContext.Current.CancellationToken);
        var ids = server.Services.GetRequiredService<IdSource>();
        var id = ids.New<TopUpId>();

        // 1
        var wanted = new WantedCheckout(
            id.Value, "top_up", ids.New<OrganisationId>(), "key", null, null, null, "Wallet top-up",
            new Money(1_000, Currency.Usd), 0, "https://example.org/a", "https://example.org/b");
        var checkouts = server.Services.GetRequiredService<Checkouts>();
        var opened = (await checkouts.Open(wanted, stop)).Value;
        (await checkouts.Open(wanted, stop)).Value.SessionId.ShouldBe(opened.SessionId);

        // 2
        var session = Done(await gateway.Get(
            $"/v1/checkout/sessions/{opened.SessionId}",
            new StripeForm().Add("expand[0]", "payment_intent.latest_charge.balance_transaction"),
            stop));
        session.Text("client_reference_id").ShouldBe(id.ToString());
        session.Long("amount_total").ShouldBe(1_000);

        // 3
        var account = Done(await gateway.Post(
            $"account/{ids.New<OrganisationId>()}",
            "/v1/accounts",
            new StripeForm().Add("type", "express").Add("country", "US").Add("capabilities[transfers][requested]", "true"),
            stop));
        account.Object("capabilities")!.Value.Text("transfers").ShouldBe("inactive");
        Done(await gateway.Post(
            $"account-link/{ids.New<RequestId>()}",
            "/v1/account_links",
            new StripeForm().Add("account", account.Id).Add("type", "account_onboarding")
                .Add("refresh_url", "https://example.org/r").Add("return_url", "https://example.org/b"),
            stop)).Text("url").ShouldNotBeNull();

        // 4
        var (transfers, payout) = (server.Services.GetRequiredService<Transfers>(), ids.New<PayoutId>());
        var refused = await transfers.Create(payout, 1, account.Id, new Money(100, Currency.Usd), stop);
        refused.ShouldBeOfType<TransferOutcome.Refused>().Code.ShouldBe("insufficient_capabilities_for_transfer");
        (await transfers.Find(payout, new Money(100, Currency.Usd), stop)).ShouldBeOfType<TransferOutcome.Absent>();

        // 5
        (await transfers.Available(Currency.Usd, stop)).ShouldNotBeNull();
        (await gateway.Get("/v1/refunds", new StripeForm().Add("payment_intent", "pi_nothing").Add("limit", 100), stop))
            .ShouldNotBeOfType<StripeOutcome.Unknown>();
    }

    private static StripeObject Done(StripeOutcome outcome) => outcome.ShouldBeOfType<StripeOutcome.Done>().Answer;
}
