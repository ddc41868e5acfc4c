using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.RevokedLicenceTests;

namespace Tallystick.Server.Tests.Payments;

/// <summary>While a bank or a refund decides who has the money, a creator cannot end the licence and keep it.</summary>
public sealed class ContestedRevocationTests(Postgres postgres)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_creator_cannot_revoke_what_a_bank_asks_about_and_gives_it_back_when_the_bank_has_decided(bool warning)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await Buy(shop, buyer, creator);
        await used.Run();
        var dispute = await DisputeSteps.Dispute(shop, 1_000, warning: warning);
        await Known(shop);
        await Wait.ForEvents(shop.Server);
        var licence = await Licence(shop);
        var before = await Status(shop, licence);

        (await creator.Revoke(licence).Problem(409)).ShouldBe("purchase-contested");

        (await Status(shop, licence)).ShouldBe(before);
        (await used.Earned()).ShouldBe(900);
        await DisputeSteps.Close(shop, dispute, "won");
        await Wait.ForEvents(shop.Server);
        (await Status(shop, licence)).ShouldBe(0);
        (await creator.Revoke(licence).Json())["refund"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        // The gateway takes no refund of a payment that was ever contested.
        await Later(shop, async () => await shop.Balance(used.Wallet) == -1_000, "it is the buyer's wallet's");
        (await used.Earned()).ShouldBe(0);
        await shop.BooksHold();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_operator_and_the_buyer_may_end_what_a_bank_contests(bool isOperator)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        using var op = shop.Server.Client(TestServer.OperatorKey);
        await Buy(shop, buyer, creator);
        await DisputeSteps.Dispute(shop, 1_000);
        await Known(shop);
        var licence = await Licence(shop);

        await (isOperator ? op : buyer.Http).PostAsJsonAsync($"/v1/licences/{licence}/revoke", new { reason = "Resold." }, Shop.Stop).Json();

        (await Status(shop, licence)).ShouldBe(1);
    }

    [Theory]
    [InlineData("won", -1_000)]
    [InlineData("lost", 0)]
    [InlineData("lost, and won after all", -1_000)]
    public async Task What_is_set_aside_while_a_bank_contests_it_waits_for_the_bank(string decision, long wallet)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        var purchase = await Buy(shop, buyer, creator);
        await used.Run();
        // The buyer has gone to the bank, and nobody has told us.
        await shop.At("webhooks", ("mode", "hold"));
        var dispute = await DisputeSteps.Dispute(shop, 1_000);
        await creator.Revoke(await Licence(shop)).Json();

        await Later(shop, () => IsKnown(shop), "the dispute is known");
        await shop.At("webhooks", ("mode", "deliver"));

        (await shop.Balance(InTransit(buyer))).ShouldBe(-1_000);
        (await used.Earned()).ShouldBe(0);
        foreach (var outcome in decision == "won" ? ["won"] : decision == "lost" ? new[] { "lost" } : ["lost", "won"])
        {
            await DisputeSteps.Close(shop, dispute, outcome);
        }

        await Later(shop, async () => await shop.Balance(InTransit(buyer)) == 0, "nothing is on its way");
        await Wait.ForEvents(shop.Server);
        (await shop.Balance(used.Wallet)).ShouldBe(wallet);
        (await used.Earned()).ShouldBe(0, "whoever gave it to the buyer, the revoker has it no more");
        (await shop.Balance(AccountKind.DisputeReserve)).ShouldBe(0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        (await shop.Database.QueryOne<bool>(
            "select refund_requested_at is null from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop)).ShouldBeTrue();
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_a_bank_leaves_of_it_is_the_buyers_wallet()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await Buy(shop, buyer, creator);
        await shop.At("webhooks", ("mode", "hold"));
        var dispute = await DisputeSteps.Dispute(shop, 1_000, amount: 400);
        await creator.Revoke(await Licence(shop)).Json();
        await Later(shop, () => IsKnown(shop), "the dispute is known");
        await shop.At("webhooks", ("mode", "deliver"));

        await DisputeSteps.Close(shop, dispute, "lost");

        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -600);
        (await shop.Balance(InTransit(buyer))).ShouldBe(0);
        (await shop.Balance(AccountKind.DisputeReserve)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_creator_cannot_revoke_while_the_buyers_own_refund_is_under_way()
    {
        await using var shop = await Shop.Open(postgres, more: new(Metered.FeeOfTenPercent) { ["Payments:GatewayTriesMost"] = "1" });
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var purchase = await Buy(shop, buyer, creator, refundDays: 7);
        var licence = await Licence(shop);
        // The gateway is broken when it is asked, and refuses the refund when it is well again.
        await shop.At("faults", ("kind", "error_before"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "1"));
        await shop.At("faults", ("kind", "refused"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "1"));
        using var asked = await buyer.Http.PostAsync($"/v1/purchases/{purchase}/refund", null, Shop.Stop);

        (await creator.Revoke(licence).Problem(409)).ShouldBe("purchase-contested");
        await Later(shop, () => shop.Database.QueryOne<bool>(
            "select refund_requested_at is null from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop), "the refund is over");
        (await Status(shop, licence)).ShouldBe(0, "the refund came to nothing");
        (await creator.Revoke(licence).Json())["refund"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
    }

    private static LedgerAccount InTransit(Member buyer) => LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd);

    private static Task Known(Shop shop) => Eventually.Holds(() => IsKnown(shop), "the dispute is known");

    private static async Task<bool> IsKnown(Shop shop) =>
        await shop.Database.QueryOne<int>("select count(*)::int from payments.dispute", null, Shop.Stop) == 1;

    private static Task<int> Status(Shop shop, LicenceId licence) => shop.Database.QueryOne<int>(
        "select status::int from licensing.licence where id = @licence", new { licence }, Shop.Stop);
}
