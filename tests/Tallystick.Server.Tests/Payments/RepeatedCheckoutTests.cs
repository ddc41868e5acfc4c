using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Royalties;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Checkouts that come twice, under one key or two, and those that are paid when much has changed.</summary>
public sealed class RepeatedCheckoutTests(Postgres postgres)
{
    /// <summary>KanishJebaMathewM/Truxify#2869: one key spoke for every route, and a refusal came back as something else.</summary>
    [Fact]
    public async Task A_refusal_is_the_answer_to_its_key_and_to_no_other_key_route_or_buyer()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, other) = (await Member.Buyer(shop.Server), await Member.Buyer(shop.Server));
        var offer = await Offer(await Member.Creator(shop.Server));
        await shop.At("faults", ("kind", "refused"), ("path", "/v1/checkout/sessions"), ("method", "POST"), ("count", "1"));

        var first = await Purchase(buyer, offer, "k").Json(422);
        var again = await Purchase(buyer, offer, "k").Json(422);

        ((string)first["type"]!).ShouldEndWith("/checkout-refused");
        ((string)again["type"]!).ShouldBe((string)first["type"]!);
        ((string)again["detail"]!).ShouldBe((string)first["detail"]!);
        (await Purchase(other, offer, "k").Json())["status"]!.ToString().ShouldBe("open");
        (await Purchase(buyer, offer, "k2").Json())["status"]!.ToString().ShouldBe("open");
        var topUp = await Send(buyer, "/v1/wallet/top-ups", "k", new { amount = new { minor = 700, currency = "USD" } }).Json();
        topUp["amount"]!["minor"]!.GetValue<long>().ShouldBe(700);
    }

    /// <summary>wpsharks/s2member#880: who had bought twice by mistake and gave the first back lost what the second had paid for.</summary>
    [Fact]
    public async Task Of_what_was_bought_twice_each_can_be_given_back_alone_and_the_other_stays()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var offer = await Offer(creator);
        var (first, second) = (Id(await Purchase(buyer, offer, "1").Json()), Id(await Purchase(buyer, offer, "2").Json()));
        first.ShouldNotBe(second);
        foreach (var purchase in (PurchaseId[])[second, first])
        {
            await shop.Pay(purchase, "4000000000000077");
            await shop.Status(purchase, buyer, "paid");
        }

        await Wait.ForEvents(shop.Server);
        await buyer.Http.PostAsync($"/v1/purchases/{first}/refund", null, Shop.Stop).Json();
        await shop.Status(first, buyer, "refunded");
        await Wait.ForEvents(shop.Server);

        (await StatusOf(shop, first), await StatusOf(shop, second)).ShouldBe((1, 0));
        shop.Server.Clock.Advance(TimeSpan.FromDays(15));
        await Bill.Run(shop);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(-900);
        await shop.BooksHold();
    }

    /// <summary>coreshop/CoreShop#2529: what was ended while its buyer stood at the till was paid, thanked for, and not given.</summary>
    [Fact]
    public async Task What_is_paid_after_its_offer_was_withdrawn_is_given_and_shared_and_no_other_is_sold()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var offer = await Offer(creator);
        var purchase = Id(await Purchase(buyer, offer, "1").Json());

        (await creator.Http.PostAsync($"/v1/offers/{offer}/withdraw", null, Shop.Stop)).IsSuccessStatusCode.ShouldBeTrue();
        (await Purchase(buyer, offer, "2").Problem(409)).ShouldBe("offer-not-on-sale");
        await shop.Pay(purchase, "4000000000000077");
        await shop.Status(purchase, buyer, "paid");
        await Wait.ForEvents(shop.Server);

        (await StatusOf(shop, purchase)).ShouldBe(0);
        shop.Server.Clock.Advance(TimeSpan.FromDays(15));
        await Bill.Run(shop);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(-900);
        await shop.BooksHold();
    }

    private static async Task<OfferId> Offer(Member creator) => await creator.Offer(
        (await creator.Published("Once")).Work, new { amount = new { minor = 1_000, currency = "USD" } });

    private static Task<HttpResponseMessage> Purchase(Member buyer, OfferId offer, string key) =>
        Send(buyer, "/v1/purchases", key, new { offer_id = offer.ToString() });

    private static Task<HttpResponseMessage> Send(Member buyer, string path, string key, object body) => buyer.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } },
        Shop.Stop);

    private static PurchaseId Id(System.Text.Json.Nodes.JsonObject purchase) => PurchaseId.Parse((string)purchase["purchase_id"]!);

    private static Task<int> StatusOf(Shop shop, PurchaseId purchase) => shop.Database.QueryOne<int>(
        "select status::int from licensing.licence where purchase_id = @Value", new { purchase.Value }, Shop.Stop);
}
