using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>What no webhook told of is found all the same, and only "there is none" is taken for an answer.</summary>
public sealed class SweepTests(Postgres postgres)
{
    [Fact]
    public async Task A_dispute_and_a_refund_that_no_webhook_told_of_are_found()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false, Often());
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var (disputed, refunded) = (await shop.Purchase(buyer, creator, 5_000), await shop.Purchase(buyer, creator, 700));
        await shop.Pay(disputed, "4000000000000077");
        await shop.Pay(refunded, "4000000000000077");
        await shop.Holds(LedgerAccount.Deferred(disputed, Currency.Usd), -5_000);
        await shop.Holds(LedgerAccount.Deferred(refunded, Currency.Usd), -700);

        await shop.AtGateway("refunds", ("charge", await Charge(shop, refunded)), ("amount", "300"));
        var dispute = await shop.At("disputes", ("charge", await Charge(shop, disputed)));
        await shop.Holds(AccountKind.DisputeReserve, 5_000);
        await shop.Holds(LedgerAccount.Deferred(refunded, Currency.Usd), -400);
        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", "lost"));

        await shop.Holds(LedgerAccount.Deferred(disputed, Currency.Usd), 0);
        (await shop.Database.QueryOne<int>(
            "select count(*)::int from payments.inbound where source = 'webhook'", null, Shop.Stop)).ShouldBe(0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task With_the_webhooks_held_back_a_disputed_purchase_is_not_shared()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000, refundDays: 0);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        await shop.At("webhooks", ("mode", "hold"));
        var dispute = await shop.At("disputes", ("charge", await Charge(shop, id)));
        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", "lost"));

        using var operate = shop.Server.Client(TestServer.OperatorKey);
        var run = await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = shop.Server.Clock.GetUtcNow() }, Shop.Stop).Json();
        await Eventually.Holds(async () => (await operate.GetAsync($"/v1/billing-runs/{run["billing_run_id"]}", Shop.Stop).Json())
            ["state"]!.ToString() == "closed");

        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task An_event_that_a_webhook_brings_after_the_sweep_has_found_it_is_worked_once()
    {
        await using var shop = await Shop.Open(postgres, more: Often());
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.At("webhooks", ("mode", "hold"));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        await shop.Holds(LedgerAccount.Deferred(id, Currency.Usd), -1_000);

        await shop.At("webhooks", ("mode", "deliver"));

        await Eventually.Holds(async () => await shop.Database.QueryOne<bool>(
            "select exists (select 1 from payments.inbound where source = 'sweep' and deliveries = 2)", null, Shop.Stop));
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(-1_000);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_key_that_may_not_read_a_dispute_makes_nobody_believe_that_there_is_none()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await shop.At("faults", ("kind", "forbidden"), ("path", "/v1/disputes/*"), ("method", "GET"), ("count", "3"));

        await shop.At("disputes", ("charge", await Charge(shop, id)));

        await shop.Holds(AccountKind.DisputeReserve, 1_000);
        (await shop.Database.QueryOne<int>(
            "select count(*)::int from payments.inbound where type like 'charge.dispute%' and state = 'ignored' and result like '%403%'",
            null, Shop.Stop)).ShouldBe(0);
    }

    [Fact]
    public async Task Sharing_waits_until_the_gateway_was_looked_through_and_not_for_ever()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var fresh = shop.Server.Services.GetRequiredService<GatewayFreshness>();
        await Eventually.Holds(async () => await fresh.WaitsFor(DateTimeOffset.UnixEpoch.AddDays(1), Shop.Stop) is null);
        await shop.At("faults", ("kind", "forbidden"), ("path", "/v1/events"), ("method", "GET"), ("count", "1000000"));
        shop.Server.Clock.Advance(TimeSpan.FromHours(1));
        var moment = shop.Server.Clock.GetUtcNow();

        await Eventually.Holds(async () => await fresh.WaitsFor(moment, Shop.Stop) is not null &&
            await shop.Database.QueryOne<bool>(
                "select failing_since is not null from payments.sweep where name = 'events'", null, Shop.Stop));
        (await fresh.WaitsFor(moment, Shop.Stop)).ShouldNotBeNull();
        shop.Server.Clock.Advance(TimeSpan.FromHours(7));

        await Eventually.Holds(async () => await fresh.WaitsFor(moment, Shop.Stop) is null);
        await Eventually.Holds(async () => await Cases(shop, PaymentCases.Sweep) == 1, "the operator is told");
    }

    [Fact]
    public async Task Events_of_another_system_on_the_same_account_are_left_out_after_some_tries_and_retried_no_more()
    {
        await using var shop = await Shop.Open(postgres);
        await shop.ForeignPayment(2_000);
        await Eventually.Holds(async () => await shop.Database.QueryOne<bool>(
            "select exists (select 1 from payments.inbound where type = 'refund.created')", null, Shop.Stop));

        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
                return await shop.Database.QueryOne<bool>(
                    "select bool_and(state = 'ignored') from payments.inbound", null, Shop.Stop);
            },
            "every event of theirs is ignored");
        (await shop.Database.QueryOne<int>("select max(attempts) from payments.inbound", null, Shop.Stop)).ShouldBeLessThan(6);
    }

    [Fact]
    public async Task An_event_that_cannot_be_worked_out_is_a_case_that_the_operator_ends_and_stops_no_other()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into payments.inbound (received_at, signature, body, verdict, event_id, type, state, due_at)
                values (now(), '', 'no json', 'valid', 'evt_broken', 'account.updated', 'received', '-infinity')
                """),
            Shop.Stop);
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        await shop.Status(id, buyer, "paid");

        var aside = await shop.Database.QueryOne<long>(
            "select id from foundation.set_aside where kind = @Inbound and state = 'open'", new { PaymentCases.Inbound }, Shop.Stop);
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        (await operate.PostAsync($"/v1/set-aside/{aside}/ignore", null, Shop.Stop)).IsSuccessStatusCode.ShouldBeTrue();

        (await shop.Database.QueryOne<string>("select state from payments.inbound where event_id = 'evt_broken'", null, Shop.Stop))
            .ShouldBe("ignored");
    }

    [Fact]
    public async Task Events_of_connected_accounts_have_a_secret_of_their_own()
    {
        await using var shop = await Shop.Open(
            postgres, more: new() { ["Payments:StripeWebhookSecretsMore:0"] = "whsec_connect" }, connectSecret: "whsec_connect");
        var creator = await Member.Creator(shop.Server);

        await shop.OpenAccount(creator);

        await Eventually.Holds(async () => await shop.Database.QueryOne<bool>(
            "select exists (select 1 from payments.inbound where type = 'account.updated' and verdict = 'valid')", null, Shop.Stop));
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.inbound where state = 'refused'", null, Shop.Stop))
            .ShouldBe(0);
    }

    internal static Dictionary<string, string?> Often() => new() { ["Payments:SweepEverySeconds"] = "5" };

    internal static Task<int> Cases(Shop shop, string kind) => shop.Database.QueryOne<int>(
        "select count(*)::int from foundation.set_aside where kind = @kind and state = 'open'", new { kind }, Shop.Stop);

    private static async Task<string> Charge(Shop shop, PurchaseId id) => (await shop.Database.QueryOne<string>(
        "select charge from payments.checkout where id = @Value", new { id.Value }, Shop.Stop))!;
}
