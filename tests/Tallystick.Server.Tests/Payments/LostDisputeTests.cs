using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.DisputeSteps;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Whatever a bank decides and whenever: what was delivered is paid, and what was undone is as it was.</summary>
public sealed class LostDisputeTests(Postgres postgres)
{
    [Theory]
    [InlineData("lost before the run")]
    [InlineData("lost after the run")]
    [InlineData("open while the run closes")]
    public async Task What_was_used_of_a_top_up_is_paid_to_the_creator_and_owed_by_the_buyer_in_every_order(string order)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);

        if (order == "lost after the run")
        {
            await used.Run();
        }

        var dispute = await Dispute(shop, 5_000);
        if (order == "open while the run closes")
        {
            await used.Run();
        }

        await Close(shop, dispute, "lost");
        await shop.Holds(AccountKind.DisputeReserve, 0);
        if (order == "lost before the run")
        {
            await used.Run();
        }

        (await used.Earned()).ShouldBe(2_700);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-300);
        (await shop.Balance(used.Debt)).ShouldBe(3_000);
        (await shop.Balance(used.Wallet)).ShouldBe(0);
        (await Wallet(buyer))["debt"]!["minor"]!.GetValue<long>().ShouldBe(3_000);
        (await Refund(buyer, 1, "a").Problem(409)).ShouldBe("debt-open");
        (await Page(shop, buyer)).ShouldContain("You owe");

        await shop.TopUp(buyer, 10_000);
        await shop.Holds(used.Debt, 0);
        (await shop.Balance(used.Wallet)).ShouldBe(-7_000);
        (await shop.Database.QueryOne<int>(
            "select count(*)::int from journal.transaction where kind = 'wallet.topped_up' and written_in in (select written_in from journal.transaction where kind = 'debt.collected')",
            null, Shop.Stop)).ShouldBe(1, "collected in the very transaction that tops up");
        await Refund(buyer, 7_000, "b").Json();
        await shop.BooksHold();
    }

    [Fact]
    public async Task Parts_and_several_disputes_take_what_is_free_and_the_rest_is_owed_once()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 4_000);
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -9_000);
        await used.Use(3_000_000);

        var (part, whole) = (await Dispute(shop, 4_000, amount: 1_500), await Dispute(shop, 5_000));
        await Close(shop, part, "lost");
        await Close(shop, whole, "lost");
        await shop.Holds(AccountKind.DisputeReserve, 0);
        await used.Run();

        // 9 000 came in, 6 500 were taken back, 3 000 were used: 500 are missing.
        await shop.Holds(used.Debt, 500);
        await shop.Holds(used.Wallet, 0);
        (await used.Earned()).ShouldBe(2_700);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_made_in_the_gateways_dashboard_takes_only_what_is_free()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        // The gateway keeps its fee: it needs money of others to give all of it back.
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where buyer = @Organisation", buyer, Shop.Stop);

        await shop.AtGateway("refunds", ("payment_intent", intent!));
        await shop.Holds(used.Debt, 3_000);
        await used.Run();

        (await used.Earned()).ShouldBe(2_700);
        (await shop.Balance(used.Wallet)).ShouldBe(0);
        (await shop.Balance(AccountKind.Suspense)).ShouldBe(0);
        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "lost_or_stolen_card"));
        await shop.Holds(used.Debt, 0);
        (await shop.Balance(used.Wallet)).ShouldBe(-2_000);
        await shop.BooksHold();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_top_up_that_was_lost_and_won_leaves_no_debt_whether_it_was_collected_or_not(bool collected)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        await used.Run();
        var dispute = await Dispute(shop, 5_000);
        await Close(shop, dispute, "lost");
        await shop.Holds(used.Debt, 3_000);
        if (collected)
        {
            await shop.TopUp(buyer, 1_000);
            await shop.Holds(used.Debt, 2_000);
        }

        // Won, contested again, lost again, won again: the end is that of the last word.
        foreach (var outcome in new[] { "won", "needs_response", "lost", "won" })
        {
            await Close(shop, dispute, outcome);
            await Wait.ForEvents(shop.Server);
        }

        await shop.Holds(used.Debt, 0);
        await shop.Holds(used.Wallet, collected ? -3_000 : -2_000);
        (await shop.Balance(AccountKind.DisputeReserve)).ShouldBe(0);
        (await used.Earned()).ShouldBe(2_700);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_purchase_that_was_shared_lost_and_won_is_the_payees_again_and_its_licence_valid()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var used = await Metered.Open(shop, buyer, creator);
        await Buy(shop, buyer, creator);
        await used.Run();
        (await used.Earned()).ShouldBe(900);

        var dispute = await Dispute(shop, 1_000);
        await LicenceIs(shop, 2);
        await Close(shop, dispute, "lost");
        await LicenceIs(shop, 1);
        await Eventually.Holds(async () => await used.Earned() == 0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        await Close(shop, dispute, "won");

        await LicenceIs(shop, 0);
        await Eventually.Holds(async () => await used.Earned() == 900);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-100);
        (await shop.Balance(AccountKind.DisputeReserve)).ShouldBe(0);
        (await shop.Database.Query<string>(
            "select kind from transparency.receipt where kind in ('licence_revoked', 'licence_restored') order by id", null, Shop.Stop))
            .ShouldBe(["licence_revoked", "licence_restored"]);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_was_lost_of_a_purchase_before_its_run_and_won_after_it_is_shared_by_the_next()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var used = await Metered.Open(shop, buyer, creator);
        await Buy(shop, buyer, creator);
        var dispute = await Dispute(shop, 1_000, amount: 400);
        await Close(shop, dispute, "lost");
        await shop.Holds(AccountKind.DisputeReserve, 0);
        await used.Run();
        (await used.Earned()).ShouldBe(540);

        await Close(shop, dispute, "won");
        await shop.Holds(AccountKind.DisputeReserve, 0);
        await Wait.ForEvents(shop.Server);
        await used.Run();

        (await used.Earned()).ShouldBe(900);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-100);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_a_creator_ended_stays_ended_and_news_that_come_late_or_again_change_nothing()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await Buy(shop, buyer, creator);
        var purchase = await shop.Database.QueryOne<PurchaseId>(
            "select id from payments.checkout where kind = 'purchase'", null, Shop.Stop);
        var dispute = await Dispute(shop, 1_000);
        await LicenceIs(shop, 2);
        await Close(shop, dispute, "won");
        await LicenceIs(shop, 0);

        // The opening is told after the closing, and a loss that never was.
        var price = new Money(1_000, Currency.Usd);
        var outbox = shop.Server.Services.GetRequiredService<Outbox>();
        await shop.Database.InTransaction(
            async tx =>
            {
                await outbox.Publish(tx, new DisputeOpened(dispute, buyer.Organisation, purchase, price));
                await outbox.Publish(tx, new DisputeClosed(dispute, buyer.Organisation, purchase, price, true, price, null));
            },
            Shop.Stop);
        await Wait.ForEvents(shop.Server);
        await LicenceIs(shop, 0);

        var licence = await shop.Database.QueryOne<LicenceId>("select id from licensing.licence", null, Shop.Stop);
        await buyer.Revoke(licence).Json();
        await Close(shop, dispute, "lost");
        await Close(shop, dispute, "won");
        await shop.Holds(AccountKind.DisputeReserve, 0);
        await Wait.ForEvents(shop.Server);
        await LicenceIs(shop, 1);
    }

    [Fact]
    public async Task A_warning_holds_the_money_and_suspends_nothing()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var used = await Metered.Open(shop, buyer, creator);
        await Buy(shop, buyer, creator);
        var dispute = await Dispute(shop, 1_000, warning: true);
        await Eventually.Holds(async () => await shop.Database.QueryOne<bool>(
            "select exists (select 1 from payments.dispute where state = 'warning')", null, Shop.Stop));
        await Wait.ForEvents(shop.Server);
        await LicenceIs(shop, 0);
        await used.Run();
        (await used.Earned()).ShouldBe(0, "it waits until the bank has decided");

        await Close(shop, dispute, "needs_response");
        await LicenceIs(shop, 2);
        await Close(shop, dispute, "won");
        await LicenceIs(shop, 0);
        await used.Run();
        (await used.Earned()).ShouldBe(900);
        await shop.BooksHold();
    }

    private static Task<JsonObject> Wallet(Member buyer) => buyer.Http.GetAsync("/v1/wallet", Shop.Stop).Json();

    private static async Task<string> Page(Shop shop, Member buyer)
    {
        using var visitor = await Visitor.SignedIn(shop.Server, buyer.Email);
        return await visitor.Page("/buyer");
    }

    private static Task<HttpResponseMessage> Refund(Member buyer, long cents, string key) => buyer.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/refunds")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", key } },
        },
        Shop.Stop);
}
