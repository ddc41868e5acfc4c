using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Tests.Royalties;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.RevokedLicenceTests;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A purchase that goes back in parts, twice at once, or not yet: before it is shared.</summary>
public sealed class PartRefundTests(Postgres postgres)
{
    /// <summary>openfoodfoundation/openfoodnetwork#5449: the shop asked for more than was left and the buyer got nothing.</summary>
    [Fact]
    public async Task A_buyer_who_asks_after_a_part_was_given_back_in_the_dashboard_gets_exactly_the_rest()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, purchase, _) = await Sold(shop);

        await RefundAtGateway(shop, purchase, 300);
        await shop.Status(purchase, buyer, "paid");
        await DisputeSteps.LicenceIs(shop, 0);
        await buyer.Http.PostAsync($"/v1/purchases/{purchase}/refund", null, Shop.Stop).Json();

        await shop.Status(purchase, buyer, "refunded");
        (await Refunds(shop)).ShouldBe([300, 700]);
        await DisputeSteps.LicenceIs(shop, 1);
        (await shop.Balance(LedgerAccount.Deferred(purchase, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    /// <summary>antiwork/gumroad#5695: a part that was given back in the dashboard was dropped, and all of the price was shared.</summary>
    [Fact]
    public async Task Of_a_sale_that_went_back_in_part_before_its_run_only_the_rest_is_shared_and_the_fee_is_of_the_rest()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (_, purchase, creator) = await Sold(shop);

        await RefundAtGateway(shop, purchase, 200);
        await RefundAtGateway(shop, purchase, 100, already: 200);
        shop.Server.Clock.Advance(TimeSpan.FromDays(15));
        await Bill.Run(shop);

        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(-630);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-70);
        (await shop.Balance(LedgerAccount.Deferred(purchase, Currency.Usd))).ShouldBe(0);
        await DisputeSteps.LicenceIs(shop, 0);
        await shop.BooksHold();
    }

    /// <summary>openfoodfoundation/openfoodnetwork#6330: the button was pressed twice, and the money went back twice.</summary>
    [Fact]
    public async Task A_refund_that_is_asked_for_many_times_at_once_is_made_once()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, purchase, _) = await Sold(shop);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(
            _ => buyer.Http.PostAsync($"/v1/purchases/{purchase}/refund", null, Shop.Stop).Json()));

        await shop.Status(purchase, buyer, "refunded");
        (await Refunds(shop)).ShouldBe([1_000]);
        (await shop.Database.QueryOne<string>(
            "select string_agg(state, ' ') from payments.gateway_request where path = '/v1/refunds'", null, Shop.Stop)).ShouldBe("known");
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    /// <summary>Automattic/woocommerce-payments#1195: a refund that waits for balance was taken for one that was made, or for none.</summary>
    [Fact]
    public async Task What_is_on_its_way_back_and_waits_for_balance_is_not_shared_by_a_run()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, purchase, creator) = await Sold(shop);
        var totals = await shop.Totals();
        var available = totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!["available"]!;
        await shop.At("payouts", ("amount", available.ToString()), ("currency", "usd"));

        await buyer.Http.PostAsync($"/v1/purchases/{purchase}/refund", null, Shop.Stop).Json();
        await shop.Status(purchase, buyer, "refunding");
        (await shop.ReadGateway("refunds?limit=1"))["data"]![0]!["status"]!.ToString().ShouldBe("pending");
        shop.Server.Clock.Advance(TimeSpan.FromDays(15));
        await Bill.Run(shop);
        (await shop.Balance(LedgerAccount.Deferred(purchase, Currency.Usd))).ShouldBe(-1_000);

        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        await shop.Status(purchase, buyer, "refunded");
        await Bill.Run(shop);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(0);
        (await SweepTests.Cases(shop, UncoveredRefunds.Kind.Name)).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>Ten dollars with a fortnight's refund window, and enough at the gateway for its fee.</summary>
    private static async Task<(Member Buyer, PurchaseId Purchase, Member Creator)> Sold(Shop shop)
    {
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        return (buyer, await Buy(shop, buyer, creator, refundDays: 14), creator);
    }

    private static Task<string?> Intent(Shop shop, PurchaseId purchase) => shop.Database.QueryOne<string>(
        "select payment_intent from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop);

    private static async Task RefundAtGateway(Shop shop, PurchaseId purchase, long cents, long already = 0)
    {
        await shop.AtGateway("refunds", ("payment_intent", (await Intent(shop, purchase))!), ("amount", $"{cents}"));
        await Eventually.Holds(async () => await shop.Database.QueryOne<long>(
            "select refunded from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop) == already + cents);
    }

    /// <summary>What the gateway has given back, in the order of its size.</summary>
    private static async Task<IReadOnlyList<long>> Refunds(Shop shop) =>
        [.. (await shop.ReadGateway("refunds?limit=100"))["data"]!.AsArray().Select(r => r!["amount"]!.GetValue<long>()).Order()];
}
