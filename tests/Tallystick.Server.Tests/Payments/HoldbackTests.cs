using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.DisputeSteps;

namespace Tallystick.Server.Tests.Payments;

/// <summary>How long what is held back stays there, and whose loss it bears.</summary>
public sealed class HoldbackTests(Postgres postgres)
{
    /// <summary>Banks take weeks to decide: what was held back for that is kept until they have.</summary>
    [Theory]
    [InlineData(true, "lost")]
    [InlineData(false, "lost")]
    [InlineData(true, "won")]
    [InlineData(false, "won")]
    public async Task What_a_bank_contests_is_held_past_its_day_until_the_bank_has_decided(bool aSale, string decision)
    {
        await using var shop = await Shop.Open(postgres, more: FraudPolicyTests.OutOfTheBox(Metered.FeeOfTenPercent));
        var (buyer, creator, used) = await Begin(shop);
        if (aSale)
        {
            await RevokedLicenceTests.Buy(shop, buyer, creator, 3_000);
        }
        else
        {
            await used.Use(3_000_000);
        }

        await used.Run();
        (await Held(shop, creator)).ShouldBe(2_700);
        shop.Server.Clock.Advance(TimeSpan.FromDays(20));
        var dispute = await Contest(shop, aSale ? 3_000 : 5_000);
        shop.Server.Clock.Advance(TimeSpan.FromDays(11));
        await used.Run();
        await used.Run();

        (await Held(shop, creator)).ShouldBe(2_700, "the bank has not decided");
        (await Payouts(shop)).ShouldBe(0);
        shop.Server.Clock.Advance(TimeSpan.FromDays(20));
        await Close(shop, dispute, decision);
        await Wait.ForEvents(shop.Server);
        (await used.Earned()).ShouldBe(decision == "lost" ? 0 : 2_700);
        await used.Run();
        (await Held(shop, creator)).ShouldBe(0);
        (await Payouts(shop)).ShouldBe(decision == "lost" ? 0 : 1);
        (await Of(shop, AccountKind.CreatorDebt, creator)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_question_about_one_payment_holds_its_share_alone_and_a_decision_that_nobody_has_acted_on_holds_it_too()
    {
        await using var shop = await Shop.Open(postgres, more: FraudPolicyTests.OutOfTheBox(Metered.FeeOfTenPercent));
        var (buyer, creator, used) = await Begin(shop);
        await RevokedLicenceTests.Buy(shop, buyer, creator, 3_000);
        await used.Use(1_000_000);
        await used.Run();
        (await Held(shop, creator)).ShouldBe(3_600);
        var dispute = await Contest(shop, 3_000, warning: true);
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));

        await used.Run();
        (await Held(shop, creator)).ShouldBe(2_700);
        (await Payouts(shop)).ShouldBe(1);

        await Close(shop, dispute, "won");
        await Wait.ForEvents(shop.Server);
        await Followed(shop, false);
        await used.Run();
        (await Held(shop, creator)).ShouldBe(2_700);

        await Followed(shop, true);
        await used.Run();
        (await Held(shop, creator)).ShouldBe(0);
        (await Payouts(shop)).ShouldBe(2);
        await shop.BooksHold();
    }

    /// <summary>A part that the work's own rule holds back for longer waits in the same way.</summary>
    [Fact]
    public async Task What_the_rule_holds_back_of_a_contested_sale_waits_for_the_bank_too()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator, used) = await Begin(shop);
        await RevokedLicenceTests.Buy(
            shop, buyer, creator, 3_000,
            rule: new
            {
                payees = new[] { new { organisation_id = creator.Organisation.ToString(), share_basis_points = 10_000 } },
                holdback_basis_points = 5_000,
                holdback_days = 7,
            });
        await used.Run();
        (await Held(shop, creator)).ShouldBe(1_350);
        var dispute = await Contest(shop, 3_000);
        shop.Server.Clock.Advance(TimeSpan.FromDays(8));

        await used.Run();
        (await Held(shop, creator)).ShouldBe(1_350);
        await Close(shop, dispute, "won");
        await Wait.ForEvents(shop.Server);
        await used.Run();
        (await Held(shop, creator)).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>Who buys of themselves and lets the rule pay another deals with themselves all the same.</summary>
    [Fact]
    public async Task Use_of_ones_own_work_is_held_back_also_when_the_rule_pays_somebody_long_known_alone()
    {
        await using var shop = await Shop.Open(postgres, more: FraudPolicyTests.OutOfTheBox(Metered.FeeOfTenPercent));
        var (fraud, known) = (await Member.SignUp(shop.Server, "creator", "buyer"), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 200_000);
        await shop.OpenAccount(known);
        await FraudPolicyTests.IsLongKnown(shop, known);
        await shop.TopUp(fraud, 5_000);
        var used = await Metered.Open(shop, fraud, fraud);
        await shop.Holds(used.Wallet, -5_000);
        var work = await shop.Database.QueryOne<Guid>(
            "select work_id from licensing.licence where id = @Licence", new { used.Licence }, Shop.Stop);
        await fraud.Rule(
            new WorkId(work),
            new { payees = new[] { new { organisation_id = known.Organisation.ToString(), share_basis_points = 10_000 } } }, known);
        await used.Use(3_000_000);
        await used.Run();

        (await Held(shop, known)).ShouldBe(2_700);
        (await Payouts(shop)).ShouldBe(0);
        await Close(shop, await Dispute(shop, 5_000), "lost");
        await shop.Holds(used.Debt, 300);
        (await Held(shop, known)).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>The operator hears of a stolen card and refunds it in the dashboard, as the gateway advises: cheaper than a dispute.</summary>
    [Theory]
    [InlineData("after the run")]
    [InlineData("before the run")]
    [InlineData("in two parts")]
    public async Task A_top_up_refunded_in_the_dashboard_reaches_what_is_held_back_like_one_that_a_bank_takes(string order)
    {
        await using var shop = await Shop.Open(postgres, more: FraudPolicyTests.OutOfTheBox(Metered.FeeOfTenPercent));
        var (buyer, creator, used) = await Begin(shop);
        // Held for another payment: no loss of the top-up reaches it.
        await RevokedLicenceTests.Buy(shop, buyer, creator, 1_000);
        await used.Use(3_000_000);
        if (order != "before the run")
        {
            await used.Run();
        }

        foreach (var part in order == "in two parts" ? [2_500L, 2_500L] : new[] { 5_000L })
        {
            await Refund(shop, part);
        }

        await Eventually.Holds(async () => await RefundedSum(shop) == 5_000, "the refunds are known");
        await Wait.ForEvents(shop.Server);
        await used.Run();
        await shop.Holds(used.Debt, 300);
        (await Held(shop, creator)).ShouldBe(900);
        await shop.BooksHold();

        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        await used.Run();
        (await PaidOut(shop)).ShouldBe(900);
        await shop.Holds(used.Debt, 300);
        if (order == "in two parts")
        {
            return;
        }

        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "lost_or_stolen_card"));
        await shop.Holds(used.Debt, 0);
        await shop.Holds(used.Wallet, -2_000);
        await used.Run();
        (await PaidOut(shop)).ShouldBe(3_600);
        await shop.BooksHold();
    }

    /// <summary>A new payee, a buyer with fifty dollars, and others' money at the gateway, which a payout could be paid from.</summary>
    private static async Task<(Member Buyer, Member Creator, Metered Used)> Begin(Shop shop)
    {
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 200_000);
        await shop.OpenAccount(creator);
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        return (buyer, creator, used);
    }

    private static async Task<string> Contest(Shop shop, long gross, bool warning = false)
    {
        var dispute = await Dispute(shop, gross, warning: warning);
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<string>(
                "select state from payments.dispute where id = @dispute", new { dispute }, Shop.Stop) == (warning ? "warning" : "open"),
            "it is known");
        return dispute;
    }

    private static Task Followed(Shop shop, bool isFollowed) => shop.Database.InTransaction(
        tx => tx.Execute("update payments.dispute set is_followed = @isFollowed", new { isFollowed }), Shop.Stop);

    private static async Task Refund(Shop shop, long minor)
    {
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where gross = 5000", null, Shop.Stop);
        await shop.AtGateway("refunds", ("payment_intent", intent!), ("amount", $"{minor}"), ("reason", "fraudulent"));
    }

    private static Task<long> RefundedSum(Shop shop) => shop.Database.QueryOne<long>(
        "select coalesce(sum(amount), 0)::bigint from payments.refund", null, Shop.Stop);

    private static Task<long> Of(Shop shop, AccountKind kind, Member member) =>
        shop.Balance(LedgerAccount.Of(kind, member.Organisation, Currency.Usd));

    private static async Task<long> Held(Shop shop, Member member) => -await Of(shop, AccountKind.Holdback, member);

    private static Task<long> PaidOut(Shop shop) => shop.Database.QueryOne<long>(
        "select coalesce(sum(minor), 0)::bigint from payouts.payout", null, Shop.Stop);

    private static Task<int> Payouts(Shop shop) =>
        shop.Database.QueryOne<int>("select count(*)::int from payouts.payout", null, Shop.Stop);
}
