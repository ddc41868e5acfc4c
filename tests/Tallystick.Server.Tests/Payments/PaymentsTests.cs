using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

public sealed class PaymentsTests(Postgres postgres)
{
    [Fact]
    public async Task A_purchase_is_paid_settled_and_refunded_to_the_cent()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);

        await shop.Pay(id);
        await shop.Status(id, buyer, "paid");
        await shop.Holds(LedgerAccount.Deferred(id, Currency.Usd), -1_000);
        var fee = await shop.Balance(AccountKind.GatewayFees);
        fee.ShouldBePositive();
        (await shop.Balance(AccountKind.GatewayPending)).ShouldBe(1_000 - fee);

        await shop.At("settle");
        shop.Server.Clock.Advance(TimeSpan.FromDays(3));
        await shop.Holds(AccountKind.GatewayAvailable, 1_000 - fee);
        // The platform bears the fee of what is given back: money must be there.
        await shop.TopUp(buyer, 500);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -500);

        var refunded = await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
        refunded["status"]!.ToString().ShouldBe("refunded");
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(0);
        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
        await shop.BooksHold();
        await AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_payment_whose_webhook_never_came_is_found()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);

        await shop.Pay(id);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(10));

        await shop.Status(id, buyer, "paid");
    }

    [Fact]
    public async Task Webhooks_that_come_thrice_and_backwards_move_money_once()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.At("webhooks", ("mode", "hold"), ("copies", "3"));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        await shop.At("webhooks/release", ("order", "reverse"));

        await shop.Status(id, buyer, "paid");

        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(-1_000);
        await Eventually.Holds(async () => await shop.Database.QueryOne<int>(
            "select max(deliveries) from payments.inbound", null, Shop.Stop) == 3);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_checkout_that_timed_out_after_it_was_made_is_the_same_when_it_is_asked_for_again()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false, new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var buyer = await Member.Buyer(shop.Server);
        await shop.At(
            "faults", ("kind", "timeout_after"), ("path", "/v1/checkout/sessions"), ("method", "POST"), ("count", "2"));

        (await TopUp(buyer, "key-1", 700).Problem(503)).ShouldBe("payment-provider-unavailable");
        var made = await TopUp(buyer, "key-1", 700).Json();
        var again = await TopUp(buyer, "key-1", 700).Json();

        again["checkout_url"]!.ToString().ShouldBe(made["checkout_url"]!.ToString());
        (await TopUp(buyer, "key-1", 800).Problem(422)).ShouldBe("idempotency-key-reused");
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.checkout", null, Shop.Stop)).ShouldBe(1);
    }

    [Fact]
    public async Task A_refund_that_timed_out_after_it_was_made_is_found_and_made_once()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false, new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(10));
        await shop.Status(id, buyer, "paid");
        await shop.At("faults", ("kind", "timeout_after"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "2"));

        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();

        await shop.Status(id, buyer, "refunded");
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.refund", null, Shop.Stop)).ShouldBe(1);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_that_the_bank_sends_back_is_a_task_for_a_person_and_buys_nothing()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
        await shop.Status(id, buyer, "refunded");
        var refund = await shop.Database.QueryOne<string>("select id from payments.refund", null, Shop.Stop);

        await shop.At("webhooks", ("mode", "deliver"), ("copies", "3"));
        await shop.At($"refunds/{refund}/fail");

        await shop.Holds(AccountKind.Suspense, -1_000);
        await shop.Status(id, buyer, "refunded");
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
        await AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_refund_that_the_gateway_refuses_says_why_and_leaves_the_purchase_as_it_was()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        await shop.Status(id, buyer, "paid");
        await shop.At("webhooks", ("mode", "hold"));
        await shop.At("disputes", ("charge", (await shop.Database.QueryOne<string>("select charge from payments.checkout", null, Shop.Stop))!));

        var problem = await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json(409);

        problem["type"]!.ToString().ShouldEndWith("/not-refundable");
        problem["detail"]!.ToString().ShouldContain("has been charged back");
        await shop.Status(id, buyer, "paid");
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_that_never_reached_the_gateway_within_the_life_of_its_key_is_sent_under_another()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1", ["Payments:GatewayTriesMost"] = "1" });
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await shop.At("faults", ("kind", "timeout_before"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "1"));
        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();

        shop.Server.Clock.Advance(TimeSpan.FromHours(30));
        await Eventually.Holds(async () =>
        {
            // Older ones are looked after less often.
            shop.Server.Clock.Advance(TimeSpan.FromHours(1));
            return (string)(await buyer.Http.GetAsync($"/v1/purchases/{id}", Shop.Stop).Json())["status"]! == "refunded";
        });

        (await shop.Database.QueryOne<int>("select count(*)::int from payments.refund", null, Shop.Stop)).ShouldBe(1);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_that_came_to_nothing_can_be_asked_for_again()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        // The gateway kept its fee: the refund waits until there is enough for it.
        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
        await shop.Status(id, buyer, "refunding");

        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "declined"));
        await shop.Status(id, buyer, "paid");
        await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
        await shop.Status(id, buyer, "refunding");
        await shop.TopUp(buyer, 5_000);

        await shop.Status(id, buyer, "refunded");
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(0);
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.refund", null, Shop.Stop)).ShouldBe(1);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_a_run_is_about_to_share_is_not_refunded_under_its_hands()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var id = await shop.Purchase(buyer, creator, 1_000, refundDays: 0);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        var (run, due) = (new BillingRunId(Guid.CreateVersion7()), shop.Server.Services.GetRequiredService<DuePurchases>());
        await shop.Database.InTransaction(tx => due.Claim(tx, run, shop.Server.Clock.GetUtcNow().AddDays(1)), Shop.Stop);
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where id = @Value", new { id.Value }, Shop.Stop);

        await shop.Database.InTransaction(
            async tx =>
            {
                (await due.Of(tx, run, default, 10)).Single().Minor.ShouldBe(1_000);
                await shop.AtGateway("refunds", ("payment_intent", intent!));
                await Eventually.Holds(
                    () => shop.Database.QueryOne<bool>(
                        "select exists (select 1 from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database()))",
                        null,
                        Shop.Stop),
                    "the refund waits");
                (await due.Of(tx, run, default, 10)).Single().Minor.ShouldBe(1_000);
            },
            Shop.Stop);

        await shop.Status(id, buyer, "refunded");
    }

    [Theory]
    [InlineData("won")]
    [InlineData("lost")]
    public async Task A_dispute_withdraws_money_and_the_bank_decides_whose_it_is(string outcome)
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        var charge = await shop.Database.QueryOne<string>("select charge from payments.checkout", null, Shop.Stop);

        var dispute = await shop.At("disputes", ("charge", charge!));
        await shop.Holds(AccountKind.DisputeReserve, 1_000);
        (await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Problem(409)).ShouldBe("not-refundable");
        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", outcome));

        await shop.Holds(AccountKind.DisputeReserve, 0);
        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(outcome == "won" ? -1_000 : 0);
        await shop.BooksHold();
        await AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_refused_webhook_is_kept_with_the_reason_and_cannot_be_replayed()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        using var anybody = shop.Server.Client();
        using var op = shop.Server.Client(TestServer.OperatorKey);

        (await anybody.PostAsJsonAsync("/webhooks/stripe", new { id = "evt_1" }, Shop.Stop).Problem(400))
            .ShouldBe("signature-refused");

        var kept = (await op.GetAsync("/v1/webhooks/inbound", Shop.Stop).Json())["items"]![0]!;
        kept["verdict"]!.ToString().ShouldBe("the header is missing or too long");
        (await op.PostAsync($"/v1/webhooks/inbound/{kept["id"]}/replay", null, Shop.Stop).Problem(409)).ShouldBe("conflict");
    }

    [Fact]
    public async Task A_webhook_that_was_worked_out_can_be_replayed_without_harm()
    {
        await using var shop = await Shop.Open(postgres);
        using var op = shop.Server.Client(TestServer.OperatorKey);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Pay(id);
        await shop.Status(id, buyer, "paid");
        var done = await shop.Database.QueryOne<long>(
            "select max(id) from payments.inbound where type = 'checkout.session.completed'", null, Shop.Stop);

        await op.PostAsync($"/v1/webhooks/inbound/{done}/replay", null, Shop.Stop).Json();
        await Eventually.Holds(async () => await shop.Database.QueryOne<string>(
            "select result from payments.inbound where id = @done", new { done }, Shop.Stop) == "already paid");

        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Usd))).ShouldBe(-1_000);
    }

    [Fact]
    public async Task A_creators_account_opens_and_becomes_able_to_receive()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Member.Creator(shop.Server);

        var link = await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
        var before = await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json();
        before["transfers"]!.ToString().ShouldBe("inactive");
        before["requirements"]!["currently_due"]!.AsArray().Count.ShouldBePositive();

        await shop.At($"onboarding/{link["onboarding_url"]!.ToString().Split('/')[^1]}");

        await Eventually.Holds(async () => (await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json())
            ["transfers"]!.ToString() == "active");
    }

    [Fact]
    public async Task Another_buyers_purchase_is_not_found()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);

        (await creator.Http.GetAsync($"/v1/purchases/{id}", Shop.Stop).Problem(404)).ShouldBe("not-found");
        var other = await Member.Buyer(shop.Server);
        (await other.Http.GetAsync($"/v1/purchases/{id}", Shop.Stop).Problem(404)).ShouldBe("not-found");
        (await other.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Problem(404)).ShouldBe("not-found");
    }

    private static Task<HttpResponseMessage> TopUp(Member buyer, string key, long cents)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/top-ups")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", key } },
        };
        return buyer.Http.SendAsync(request, Shop.Stop);
    }

    /// <summary>Our clearing accounts and the gateway's own balance are the same number.</summary>
    internal static async Task AvailableAgrees(Shop shop)
    {
        var totals = await shop.Totals();
        var platform = totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!;
        (await shop.Balance(AccountKind.GatewayAvailable)).ShouldBe(platform["available"]!.GetValue<long>());
        (await shop.Balance(AccountKind.GatewayPending)).ShouldBe(platform["pending"]!.GetValue<long>());
    }
}
