using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.RevokedLicenceTests;

namespace Tallystick.Server.Tests.Payments;

/// <summary>The gateway keeps its fee of what goes back: buying and giving back costs the operator only so much.</summary>
public sealed class GiveBackLimitTests(Postgres postgres)
{
    [Theory]
    [InlineData(null, 500_000)]
    [InlineData("2", 1_000)]
    public async Task A_buyer_takes_back_only_so_much_in_thirty_days(string? countMost, long cents)
    {
        await using var shop = await Shop.Open(postgres, more: Limit("Payments:RefundsPerBuyerMost", "Payments:RefundMinorPerBuyerMost", countMost));
        await shop.TopUp(await Member.Buyer(shop.Server), 500_000);
        var (buyer, other, seller) = (await Member.Buyer(shop.Server), await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        for (var cycle = 0; cycle < 2; cycle++)
        {
            var bought = await Buy(shop, buyer, seller, cents, refundDays: 14);
            await buyer.Http.PostAsync($"/v1/purchases/{bought}/refund", null, Shop.Stop).Json();
            await shop.Status(bought, buyer, "refunded");
        }

        var last = await Buy(shop, buyer, seller, cents, refundDays: 60);
        var fees = await shop.Balance(AccountKind.GatewayFees);

        (await buyer.Http.PostAsync($"/v1/purchases/{last}/refund", null, Shop.Stop).Problem(409)).ShouldBe("refund-limit");

        (await shop.Balance(LedgerAccount.Deferred(last, Currency.Usd))).ShouldBe(-cents);
        (await shop.Balance(AccountKind.GatewayFees)).ShouldBe(fees);
        var others = await Buy(shop, other, seller, cents, refundDays: 14);
        await other.Http.PostAsync($"/v1/purchases/{others}/refund", null, Shop.Stop).Json();
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        await buyer.Http.PostAsync($"/v1/purchases/{last}/refund", null, Shop.Stop).Json();
        await shop.BooksHold();
    }

    [Theory]
    [InlineData(null, 500_000)]
    [InlineData("2", 1_000)]
    public async Task A_creator_takes_back_only_so_much_in_thirty_days_and_more_as_the_operator_decides(string? countMost, long cents)
    {
        await using var shop = await Shop.Open(
            postgres, more: Limit("Payments:RevocationsPerCreatorMost", "Payments:RevocationMinorPerCreatorMost", countMost));
        await shop.TopUp(await Member.Buyer(shop.Server), 500_000);
        var (buyer, seller) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        for (var cycle = 0; cycle < 2; cycle++)
        {
            var bought = await Buy(shop, buyer, seller, cents);
            await seller.Revoke(await LicenceOf(shop, bought)).Json();
            await RevocationCoverTests.Refunded(shop, bought, cents);
        }

        var last = await Buy(shop, buyer, seller, cents);
        var licence = await LicenceOf(shop, last);

        (await seller.Revoke(licence).Problem(409)).ShouldBe("revocation-limit");

        (await shop.Balance(LedgerAccount.Deferred(last, Currency.Usd))).ShouldBe(-cents);
        (await SweepTests.Cases(shop, RevocationCases.Kind.Name)).ShouldBe(1);
        await ComparisonTests.Act(shop, RevocationCases.Kind.Name, "operator_bears");
        await RevocationCoverTests.Refunded(shop, last, cents);
        (await shop.Balance(AccountKind.OperatorLoss)).ShouldBe(0, "it was deferred");
        await shop.BooksHold();
    }

    private static Dictionary<string, string?> Limit(string count, string minor, string? countMost) =>
        new() { [count] = countMost ?? "0", [minor] = countMost is null ? "1000000" : "0" };

    private static Task<LicenceId> LicenceOf(Shop shop, PurchaseId purchase) => shop.Database.QueryOne<LicenceId>(
        "select id from licensing.licence where purchase_id = @Value", new { purchase.Value }, Shop.Stop);
}
