using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

/// <summary>Money is earned when something is used or sold, by the rule and the fee of that moment; a run only adds up.</summary>
public sealed class EarnedAtItsMomentTests(Postgres postgres)
{
    private static readonly Dictionary<string, string?> TenPercent = new() { ["Royalties:PlatformFeeBasisPoints"] = "1000" };

    [Fact]
    public async Task Use_is_shared_by_the_rule_in_force_when_it_happened()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, ben) = await People(shop);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Rule(Bill.All(ada.Organisation));
        await bill.Use(60_000_000);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await bill.Rule(Bill.All(ben.Organisation), shop.Server.Clock.GetUtcNow());
        await bill.Use(100_000_000);

        var run = await bill.Run();

        (await Earned(shop, ada)).ShouldBe(270);
        (await Earned(shop, ben)).ShouldBe(450);
        run.Result!["reconciled"]!.GetValue<bool>().ShouldBeTrue();
        (await shop.Database.Query<string>(
            "select rule_version || ': ' || gross from royalties.charge order by id", null, Shop.Stop)).ShouldBe(["1: 300", "2: 500"]);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_rule_that_is_changed_seconds_before_the_run_takes_nothing_of_what_was_earned_before()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, ben) = await People(shop);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Rule(new RoyaltyRule([new(5_000, ada.Organisation), new(5_000, ben.Organisation)]));
        await bill.Use(600_000_000);
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        await bill.Rule(Bill.All(ada.Organisation), shop.Server.Clock.GetUtcNow());

        await bill.Run();

        (await Earned(shop, ada)).ShouldBe(1_350);
        (await Earned(shop, ben)).ShouldBe(1_350);
    }

    [Fact]
    public async Task A_sale_is_shared_by_the_rule_of_the_day_it_was_paid()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, ben) = await People(shop);
        var purchase = await shop.Purchase(buyer, ada, 1_000, refundDays: 0);
        await shop.Pay(purchase, "4000000000000077");
        await shop.Status(purchase, buyer, "paid");
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.RuleOf(new WorkId(purchase.Value), 1, Bill.All(ben.Organisation), shop.Server.Clock.GetUtcNow());

        await bill.Run();

        (await Earned(shop, ada)).ShouldBe(900);
        (await Earned(shop, ben)).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_licence_that_says_ninety_pays_by_ten_whatever_the_fee_is_later(bool grantedBeforeItWasKept)
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, _) = await People(shop);
        var (work, _) = await ada.Published();
        var (licence, _) = await buyer.Licence(await ada.Offer(
            work, new { amount = new { minor = 5, currency = "USD" }, meter = "bytes_delivered", per = 1_000_000 }));
        await Wait.ForEvents(shop.Server);
        if (grantedBeforeItWasKept)
        {
            await shop.Database.InTransaction(tx => tx.Execute("update royalties.licence set fee_basis_points = null"), Shop.Stop);
        }

        shop.Server.Services.GetRequiredService<RoyaltiesOptions>().PlatformFeeBasisPoints = 3_000;
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation, licence);
        await bill.Use(200_000_000);

        await bill.Run();

        (await Earned(shop, ada)).ShouldBe(900);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-100);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_was_not_in_the_wallet_is_shared_as_the_use_it_pays_for_and_collected_without_new_use()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, ben) = (
            await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Rule(Bill.All(ada.Organisation));
        await bill.Use(200_000_000);
        var first = await bill.Run();
        await bill.Rule(Bill.All(ben.Organisation), shop.Server.Clock.GetUtcNow());
        await shop.TopUp(buyer, 1_500);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -1_500);
        (await buyer.Http.GetAsync("/v1/wallet", Shop.Stop).Json()).ToJsonString().ShouldContain("500");

        await bill.Run();

        first.Differences.Single().Kind.ShouldBe("uncollected");
        (await Earned(shop, ada)).ShouldBe(900);
        (await Earned(shop, ben)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd))).ShouldBe(-500);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_one_creator_is_owed_is_not_drawn_from_what_a_gate_holds_for_another()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, ben) = (
            await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (owed, leased) = (
            new Bill(shop, buyer.Organisation, ada.Organisation), new Bill(shop, buyer.Organisation, ben.Organisation));
        await owed.Use(450_200_000);
        await owed.Run();
        await shop.TopUp(buyer, 4_050);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -4_050);
        await leased.Leased(810_000_000);
        await owed.Use(1_000_000);
        await leased.Use(810_000_000);

        await owed.Run();

        (await Earned(shop, ben)).ShouldBe(3_645);
        (await Earned(shop, ada)).ShouldBe(0);
        (await shop.Database.QueryOne<long>("select sum(minor)::bigint from royalties.owed", null, Shop.Stop)).ShouldBe(2_256);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Small_files_under_fresh_licences_are_paid_and_the_rest_of_a_cent_when_the_last_has_ended()
    {
        await using var shop = await Shop.Open(postgres, more: TenPercent);
        var (buyer, ada, _) = await People(shop);
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        var files = Enumerable.Range(0, 20).Select(_ => new Bill(shop, buyer.Organisation, ada.Organisation)).ToList();
        foreach (var file in files)
        {
            await file.Use(95_000);
        }

        await Bill.Run(shop);
        var drawn = 5_000 + await shop.Balance(wallet);
        foreach (var file in files)
        {
            await file.Ended();
        }

        await Bill.Run(shop);

        drawn.ShouldBeInRange(9, 10);
        (5_000 + await shop.Balance(wallet)).ShouldBe(10);
        (await Earned(shop, ada)).ShouldBe(9);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Of_a_new_payee_the_operators_least_is_held_back_and_kept_with_the_share()
    {
        await using var shop = await Shop.Open(postgres, more: new(TenPercent)
        {
            ["Royalties:NewPayeeHoldbackBasisPoints"] = "5000",
            ["Royalties:NewPayeeHoldbackDays"] = "60",
            ["Royalties:NewPayeeForDays"] = "30",
        });
        var (buyer, ada, _) = await People(shop);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        var held = LedgerAccount.Of(AccountKind.Holdback, ada.Organisation, Currency.Usd);

        await bill.Use(200_000_000);
        await bill.Run();
        (await shop.Balance(held)).ShouldBe(-450);
        (await shop.Database.QueryOne<long>("select held_as_new from royalties.share", null, Shop.Stop)).ShouldBe(450);
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        await bill.Use(200_000_000);
        await bill.Run();
        (await shop.Balance(held)).ShouldBe(-450);
        shop.Server.Clock.Advance(TimeSpan.FromDays(30));
        await bill.Run();

        (await shop.Balance(held)).ShouldBe(0);
        await shop.BooksHold();
    }

    private static async Task<(Member Buyer, Member Ada, Member Ben)> People(Shop shop)
    {
        var (buyer, ada, ben) = (
            await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -5_000);
        return (buyer, ada, ben);
    }

    private static async Task<long> Earned(Shop shop, Member payee) => await shop.Database.QueryOne<long>(
        "select coalesce(sum(minor), 0)::bigint from royalties.share where payee = @Organisation",
        new { payee.Organisation }, Shop.Stop);
}
