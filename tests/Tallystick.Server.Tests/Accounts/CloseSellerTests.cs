using System.Net.Http.Json;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Royalties;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>Kiiskii/transcendence#274: who left while sales were under way left money that nobody could ever move.</summary>
public sealed class CloseSellerTests(Postgres postgres)
{
    [Theory]
    [InlineData("paid", false)]
    [InlineData("paid", true)]
    [InlineData("at the till", false)]
    public async Task Who_has_a_share_in_a_sale_under_way_closes_only_when_it_can_be_sent_and_is_paid_after_it(string sale, bool othersWork)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var seller = othersWork ? await Member.Creator(shop.Server) : ada;
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var purchase = await Sold(shop, buyer, seller, othersWork ? ada : null, pay: sale == "paid");

        var refused = await Close(shop, ada).Json(409);
        ((string)refused["type"]!).ShouldEndWith("/account-not-settled");
        ((string)refused["detail"]!).ShouldContain("open a payout account first");
        await shop.OpenAccount(ada);
        await Close(shop, ada).Json();

        if (sale != "paid")
        {
            await shop.Pay(purchase, "4000000000000077");
        }

        await shop.Status(purchase, buyer, "paid");
        await Wait.ForEvents(shop.Server);
        await DisputeSteps.LicenceIs(shop, 0);
        shop.Server.Clock.Advance(TimeSpan.FromDays(15));
        await Bill.Run(shop);
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<bool>(
                "select exists (select 1 from payouts.payout where organisation_id = @Organisation and state = 'paid' and minor = 900)",
                new { ada.Organisation },
                Shop.Stop),
            "it is paid");
        await shop.BooksHold();
    }

    [Theory]
    [InlineData("refunded")]
    [InlineData("another's")]
    public async Task Who_has_no_share_in_it_closes_without_an_account(string why)
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada, ben) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var purchase = await Sold(shop, buyer, ada, why == "refunded" ? null : ben, pay: true);
        if (why == "refunded")
        {
            await buyer.Http.PostAsync($"/v1/purchases/{purchase}/refund", null, Shop.Stop).Json();
            await shop.Status(purchase, buyer, "refunded");
        }

        await Close(shop, ada).Json();
    }

    [Fact]
    public async Task Whose_work_is_paid_by_use_closes_only_when_what_will_be_billed_can_be_sent()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var use = await Metered.Open(shop, buyer, ada);
        await use.Use(1_000_000);

        ((string)(await Close(shop, ada).Json(409))["detail"]!).ShouldContain("paid by use");
        await shop.OpenAccount(ada);
        await Close(shop, ada).Json();
        await use.Run();

        await Eventually.Holds(
            async () => await shop.Database.QueryOne<bool>(
                "select exists (select 1 from payouts.payout where organisation_id = @Organisation and state = 'paid' and minor = 900)",
                new { ada.Organisation },
                Shop.Stop),
            "it is paid");
        await shop.BooksHold();
    }

    private static async Task<PurchaseId> Sold(Shop shop, Member buyer, Member creator, Member? payee, bool pay)
    {
        var (work, _) = await creator.Published("Once");
        if (payee is not null)
        {
            await creator.Rule(
                work, new { payees = new[] { new { organisation_id = payee.Organisation.ToString(), share_basis_points = 10_000 } } }, payee);
        }

        var offer = await creator.Offer(work, new { amount = new { minor = 1_000, currency = "USD" } });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
        {
            Content = JsonContent.Create(new { offer_id = offer.ToString() }), Headers = { { "Idempotency-Key", $"{offer}" } },
        };
        var id = PurchaseId.Parse((string)(await buyer.Http.SendAsync(request, Shop.Stop).Json())["purchase_id"]!);
        if (pay)
        {
            await shop.Pay(id, "4000000000000077");
            await shop.Status(id, buyer, "paid");
            await Wait.ForEvents(shop.Server);
        }

        return id;
    }

    private static async Task<HttpResponseMessage> Close(Shop shop, Member member) => await member.Http.PostAsJsonAsync(
        "/v1/organisation/close",
        new { name = (string)(await member.Http.GetAsync("/v1/organisations/me", Shop.Stop).Json())["name"]! },
        Shop.Stop);
}
