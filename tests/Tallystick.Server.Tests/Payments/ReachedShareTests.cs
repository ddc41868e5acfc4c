using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.DisputeSteps;

namespace Tallystick.Server.Tests.Payments;

/// <summary>How far what is lost reaches those who were paid with it, and how it comes back to them.</summary>
public sealed class ReachedShareTests(Postgres postgres)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_top_up_used_on_ones_own_work_and_lost_is_owed_whether_it_was_paid_out_or_not(bool paidOut)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var fraud = await Member.SignUp(shop.Server, "creator", "buyer");
        await fraud.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
        var account = await shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);
        await shop.At($"accounts/{account}/onboard");
        await shop.TopUp(fraud, 5_000);
        var used = await Metered.Open(shop, fraud, fraud);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        var (owed, paid) = (LedgerAccount.Of(AccountKind.CreatorDebt, fraud.Organisation, Currency.Usd), 0L);
        if (paidOut)
        {
            await used.Run();
            await Eventually.Holds(async () => await used.Earned() == 0, "it is paid out in seconds");
            paid = 2_700;
        }

        var dispute = await Dispute(shop, 5_000);
        await Close(shop, dispute, "lost");
        if (!paidOut)
        {
            await shop.Holds(used.Debt, 3_000);
            await used.Run();
        }

        await shop.Holds(used.Debt, 300);
        await shop.Holds(owed, paid);
        (await used.Earned()).ShouldBe(-paid);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-300);
        await shop.BooksHold();

        await Close(shop, dispute, "won");
        await shop.Holds(used.Debt, 0);
        await shop.Holds(owed, 0);
        await shop.Holds(used.Wallet, -2_000);
        (await used.Earned()).ShouldBe(2_700 - paid);
        await shop.BooksHold();
    }

    [Theory]
    [InlineData("lost before the run", 1_350)]
    [InlineData("lost after the run", 1_350)]
    [InlineData("lost after what was held back is released", 0)]
    public async Task What_is_held_back_of_a_new_payee_bears_a_lost_top_up_that_paid_for_it_in_every_order(string order, long borne)
    {
        await using var shop = await Shop.Open(postgres, more: new(Metered.FeeOfTenPercent)
        {
            ["Royalties:NewPayeeHoldbackBasisPoints"] = "5000",
            ["Royalties:NewPayeeHoldbackDays"] = "60",
        });
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        var held = LedgerAccount.Of(AccountKind.Holdback, creator.Organisation, Currency.Usd);
        if (order != "lost before the run")
        {
            await used.Run();
            (await shop.Balance(held)).ShouldBe(-1_350);
        }

        if (order == "lost after what was held back is released")
        {
            shop.Server.Clock.Advance(TimeSpan.FromDays(61));
            await used.Run();
            (await shop.Balance(held)).ShouldBe(0);
        }

        var dispute = await Dispute(shop, 5_000);
        await Close(shop, dispute, "lost");
        if (order == "lost before the run")
        {
            await shop.Holds(used.Debt, 3_000);
            await used.Run();
        }

        await shop.Holds(used.Debt, 3_000 - borne);
        (await used.Earned()).ShouldBe(2_700 - borne);
        (await shop.Balance(held)).ShouldBe(0);
        await shop.BooksHold();

        await Close(shop, dispute, "won");
        await shop.Holds(used.Debt, 0);
        await shop.Holds(held, -borne);
        (await used.Earned()).ShouldBe(2_700);
        await shop.BooksHold();
    }

    /// <summary>
    /// The first top-up is lost while gates hold 20 of it; they give it back, it pays that loss, and so none of it has paid for what
    /// is used afterwards: that did the second.
    /// </summary>
    [Fact]
    public async Task What_a_gate_gave_back_of_a_lost_top_up_has_paid_for_no_use_and_the_next_top_up_that_is_lost_reaches_it()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var fraud = await Member.SignUp(shop.Server, "creator", "buyer");
        await shop.TopUp(fraud, 5_000);
        var used = await Metered.Open(shop, fraud, fraud);
        await shop.Holds(used.Wallet, -5_000);
        await used.Lease(2_000_000);
        await Close(shop, await Dispute(shop, 5_000), "lost");
        await shop.Holds(used.Debt, 2_000);
        await used.Return();
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromSeconds(30));
            return await shop.Balance(used.Debt) == 0;
        });

        await shop.TopUp(fraud, 4_000);
        await shop.Holds(used.Wallet, -4_000);
        await used.Use(2_000_000);
        await used.Run();
        await Close(shop, await Dispute(shop, 4_000), "lost");

        await shop.Holds(used.Debt, 200);
        (await used.Earned()).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>The second stolen card pays the debt of the first, so that it has paid for the use, and is then lost as well.</summary>
    [Theory]
    [InlineData(4_000, 0, 2_700)]
    [InlineData(1_000, 200, 900)]
    public async Task A_top_up_that_paid_the_debt_of_a_lost_one_has_paid_for_the_use(long second, long debt, long earned)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var fraud = await Member.SignUp(shop.Server, "creator", "buyer");
        await shop.TopUp(fraud, 5_000);
        var used = await Metered.Open(shop, fraud, fraud);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        await Close(shop, await Dispute(shop, 5_000), "lost");
        await shop.Holds(used.Debt, 3_000);
        await shop.TopUp(fraud, second);
        await shop.Holds(used.Debt, Math.Max(0, 3_000 - second));
        await used.Run();

        var last = await Dispute(shop, second);
        await Close(shop, last, "lost");
        await shop.Holds(used.Debt, 300);
        (await used.Earned()).ShouldBe(0);
        await shop.BooksHold();

        await Close(shop, last, "won");
        await shop.Holds(used.Debt, debt);
        (await used.Earned()).ShouldBe(earned, "the first is lost still");
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_is_owed_again_after_a_dispute_was_won_is_paid_by_the_next_run_without_a_new_earning()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await Buy(shop, buyer, creator);
        await used.Run();
        var dispute = await Dispute(shop, 1_000);
        await Close(shop, dispute, "lost");
        await shop.Holds(LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd), 900);
        await used.Use(2_000_000);
        await used.Run();
        await Close(shop, dispute, "won");
        var payable = LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd);
        await shop.Holds(payable, -900);

        await used.Run();

        (await shop.Balance(payable)).ShouldBe(0);
        (await shop.Database.Query<long>("select minor from payouts.payout order by queued_at, id", null, Shop.Stop))
            .ShouldBe([900, 900, 900]);
        await shop.BooksHold();
    }
}
