using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Metering;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

public sealed class TraceTests(Postgres postgres)
{
    [Fact]
    public async Task A_request_is_shown_to_its_buyer_and_to_every_payee_who_see_their_own_share_only()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Metering:SealAfter"] = "00:00:00.2" });
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var (ben, stranger) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published();
        await Share(ada, work, ben);
        await shop.TopUp(buyer, 5_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -5_000);
        var (licence, _) = await buyer.Licence(await ada.Offer(
            work, new { amount = new { minor = 5, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 }));
        var request = await Use(shop, work, licence, 200_000_000);

        // Not billed: the rule that would share it tells who its payees are.
        (await Trace(ben, request))["seals"]![0]!["charge"].ShouldBeNull();
        (await stranger.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Problem(404)).ShouldBe("not-found");

        shop.Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await Share(ada, work, stranger);
        (await stranger.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Problem(404))
            .ShouldBe("not-found", "a rule that took over after the use shares nothing of it");
        (await Trace(ben, request))["seals"]![0]!["charge"].ShouldBeNull();

        await Bill(shop);

        // 10.00 USD: 15 % fee; 70 and 30 % of the rest.
        foreach (var (payee, minor) in new[] { (ada, 595), (ben, 255) })
        {
            var charge = (await Trace(payee, request))["seals"]![0]!["charge"]!;
            charge["gross"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
            var own = charge["shares"]!.AsArray().Single()!;
            own["payee"]!.ToString().ShouldBe(payee.Organisation.ToString());
            own["amount"]!["minor"]!.GetValue<long>().ShouldBe(minor);
        }

        await ReadsAgree(shop, buyer, request);
        var paid = await Trace(buyer, request);
        paid["seals"]![0]!["charge"]!["shares"]!.AsArray().ShouldBeEmpty();
        (await Trace(ben, request)).ToJsonString().ShouldNotContain(buyer.Organisation.ToString());
        (await stranger.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Problem(404)).ShouldBe("not-found");
    }

    [Fact]
    public async Task A_payee_of_the_rule_that_shared_it_goes_on_seeing_it_and_a_later_one_does_not()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Metering:SealAfter"] = "00:00:00.2" });
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var (ben, later) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published();
        await Share(ada, work, ben);
        var offer = await ada.Offer(work, terms: new { rights_scope = new[] { "ai-train" }, valid_days = 365, refund_days = 0 });
        var (purchase, licence) = await Buy(shop, buyer, offer);
        var request = await Use(shop, work, licence, 1_000);

        var sale = (await Trace(ben, request))["sales"]!.AsArray().Single()!;
        sale["purchase_id"]!.ToString().ShouldBe(purchase);
        sale["price"]!["minor"]!.GetValue<long>().ShouldBe(1_250);
        sale["charge"].ShouldBeNull();

        shop.Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await Share(ada, work, later);
        (await later.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Problem(404)).ShouldBe("not-found");
        (await Trace(ben, request))["sales"]!.AsArray().Count.ShouldBe(1, "the sale is shared by the rule of its moment");
        await Bill(shop);
        var rules = await ada.Http.GetAsync($"/v1/works/{work}/royalty-rule?limit=1", Shop.Stop).Json();
        rules["items"]!.AsArray().Single()!["version"]!.GetValue<int>().ShouldBe(2);
        rules = await ada.Http.GetAsync($"/v1/works/{work}/royalty-rule?after={rules["next"]}", Shop.Stop).Json();
        rules["items"]!.AsArray().Single()!["version"]!.GetValue<int>().ShouldBe(1);
        rules["next"].ShouldBeNull();

        var shared = (await Trace(ben, request))["sales"]![0]!["charge"]!;
        shared["gross"]!["minor"]!.GetValue<long>().ShouldBe(1_250);
        shared["rule_version"]!.GetValue<int>().ShouldBe(1);
        shared["shares"]!.AsArray().Single()!["amount"]!["minor"]!.GetValue<long>().ShouldBe(319);
        (await later.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Problem(404)).ShouldBe("not-found");
        (await Trace(buyer, request))["sales"]![0]!["charge"]!["shares"]!.AsArray().ShouldBeEmpty();
    }

    /// <summary>The routes that show the same use in other ways.</summary>
    private static async Task ReadsAgree(Shop shop, Member buyer, RequestId request)
    {
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<bool>("select min(rolled_seq) = 1 from metering.emitter", null, Shop.Stop),
            "usage to be rolled up");
        var usage = (await buyer.Http.GetAsync("/v1/usage?by=day", Shop.Stop).Json())["usage"]!.AsArray().Single()!;
        usage["quantity"]!.GetValue<long>().ShouldBe(200_000_000);
        await Eventually.Holds(
            async () =>
            {
                using var answer = await buyer.Http.GetAsync($"/v1/usage-receipts/{request}", Shop.Stop);
                return answer.IsSuccessStatusCode;
            },
            "the receipts of the request");
        (await buyer.Http.GetAsync($"/v1/usage-receipts/{request}", Shop.Stop).Json())["receipts"]!.AsArray().Count.ShouldBe(1);
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        (await operate.GetAsync("/v1/billing-runs?limit=1", Shop.Stop).Json())["items"]!.AsArray().Count.ShouldBe(1);
        (await operate.GetAsync("/v1/journal/checks", Shop.Stop).Json())["holds"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static Task<JsonObject> Trace(Member member, RequestId request) =>
        member.Http.GetAsync($"/v1/requests/{request}/trace", Shop.Stop).Json();

    private static Task Share(Member creator, WorkId work, Member other) => creator.Rule(
        work,
        new
        {
            payees = new[]
            {
                new { share_basis_points = 7_000, organisation_id = creator.Organisation.ToString() },
                new { share_basis_points = 3_000, organisation_id = other.Organisation.ToString() },
            },
        },
        other);

    private static async Task<(string Purchase, LicenceId Licence)> Buy(Shop shop, Member buyer, OfferId offer)
    {
        using var body = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
        {
            Content = JsonContent.Create(new { offer_id = offer.ToString() }),
            Headers = { { "Idempotency-Key", $"buy-{offer}" } },
        };
        var purchase = await buyer.Http.SendAsync(body, Shop.Stop).Json();
        var id = PurchaseId.Parse((string)purchase["purchase_id"]!);
        await shop.Pay(id);
        await shop.Status(id, buyer, "paid");
        LicenceId? licence = null;
        await Eventually.Holds(
            async () =>
            {
                var items = (await buyer.Http.GetAsync("/v1/licences", Shop.Stop).Json())["items"]!.AsArray();
                licence = items.Count == 0 ? null : LicenceId.Parse((string)items[0]!["licence_id"]!);
                return licence is not null;
            },
            "the licence is granted");
        return (id.ToString(), licence!.Value);
    }

    private static async Task<RequestId> Use(Shop shop, WorkId work, LicenceId licence, long bytes)
    {
        await Wait.ForEvents(shop.Server);
        var ids = shop.Server.Services.GetRequiredService<IdSource>();
        var request = ids.New<RequestId>();
        var reporter = await Reporter.Leased(shop.Server, licence, Meter.BytesDelivered, bytes);
        var batch = new IngestUsage.Batch(reporter.Gate, 1, [new StoredEvent(
            1, work.Value, reporter.Unit, licence.Value, reporter.Pseudonym, (short)Meter.BytesDelivered, bytes,
            shop.Server.Clock.GetUtcNow().ToUnixTimeMilliseconds(), (short)Evidence.GateFlushed, request.Value, 0)]);
        (await shop.Server.Services.GetRequiredService<IngestUsage>().Store(batch, Shop.Stop)).Refusal.ShouldBeNull();
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<bool>("select min(sealed_seq) = 1 from metering.emitter", null, Shop.Stop),
            "usage to be sealed");
        return request;
    }

    private static async Task Bill(Shop shop)
    {
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        var run = await operate.PostAsJsonAsync("/v1/billing-runs", new { up_to = shop.Server.Clock.GetUtcNow() }, Shop.Stop).Json();
        await Eventually.Holds(
            async () => (string)(await operate.GetAsync($"/v1/billing-runs/{run["billing_run_id"]}", Shop.Stop).Json())["state"]! == "closed",
            "the run to close");
    }
}
