using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.RevokedLicenceTests;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A creator gives back only what is there: nobody takes a licence back at the operator's cost, or at another payee's.</summary>
public sealed class RevocationCoverTests(Postgres postgres)
{
    [Theory]
    [InlineData("operator_bears", 0, 90_000)]
    [InlineData("creator_owes", 90_000, 0)]
    [InlineData("dismiss", 0, 0)]
    public async Task A_sale_that_was_paid_out_to_another_is_not_revoked_before_the_operator_has_decided(
        string decision, long creatorOwes, long operatorLoses)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, ada, ben) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        // Others have money at the gateway: it could be stolen.
        await shop.TopUp(await Member.Buyer(shop.Server), 200_000);
        await shop.OpenAccount(ben);
        var used = await Metered.Open(shop, buyer, ada);
        var purchase = await Buy(shop, buyer, ada, 100_000, ben);
        await used.Run();
        await PaidOut(shop, ben, 90_000);
        var licence = await Licence(shop);

        var refused = await ada.Revoke(licence).Json(409);

        ((string)refused["type"]!).ShouldEndWith("revocation-not-covered");
        refused["missing"]!["minor"]!.GetValue<long>().ShouldBe(90_000);
        (await ada.Revoke(licence).Problem(409)).ShouldBe("revocation-not-covered");
        (await Status(shop, licence)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd))).ShouldBe(0);
        (await SweepTests.Cases(shop, RevocationCases.Kind.Name)).ShouldBe(1);

        await ComparisonTests.Act(shop, RevocationCases.Kind.Name, decision);

        if (decision != "dismiss")
        {
            await Refunded(shop, purchase, 100_000);
        }

        (await Status(shop, licence)).ShouldBe(decision == "dismiss" ? 0 : 1);
        (await Of(shop, AccountKind.CreatorDebt, ada)).ShouldBe(creatorOwes);
        (await shop.Balance(AccountKind.OperatorLoss)).ShouldBe(operatorLoses);
        (await Of(shop, AccountKind.CreatorDebt, ben)).ShouldBe(0, "who got a share has done nothing");
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_owed_to_the_revoker_covers_it_also_in_a_payout_that_waits_and_the_others_keep_theirs(bool held)
    {
        var settings = new Dictionary<string, string?>(Metered.FeeOfTenPercent)
        {
            ["Royalties:NewPayeeHoldbackBasisPoints"] = held ? "10000" : "0",
        };
        await using var shop = await Shop.Open(postgres, more: settings);
        var (buyer, ada, ben) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, ada);
        var purchase = await Buy(shop, buyer, ada, 1_000, ben, basisPoints: 4_000);
        await used.Run();
        var licence = await Licence(shop);
        // Of this sale Ada has 540: 360 more are missing.
        (await ada.Revoke(licence).Json(409))["missing"]!["minor"]!.GetValue<long>().ShouldBe(360);

        await Earn(shop, ada, 400);
        await ada.Revoke(licence).Json();

        await Refunded(shop, purchase, 1_000);
        (await used.Earned()).ShouldBe(40);
        (await Sum(shop, ben)).ShouldBe(360);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(400, "what was earned came from there");
        (await SweepTests.Cases(shop, RevocationCases.Kind.Name)).ShouldBe(0, "it ended by itself");
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_is_held_back_for_other_sales_is_not_the_revokers_to_give()
    {
        var settings = new Dictionary<string, string?>(Metered.FeeOfTenPercent) { ["Royalties:NewPayeeHoldbackBasisPoints"] = "10000" };
        await using var shop = await Shop.Open(postgres, more: settings);
        var (buyer, other, ada, ben) = (await Member.Buyer(shop.Server), await Member.Buyer(shop.Server),
            await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, ada);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        await Buy(shop, other, ada, 1_000, ben);
        await used.Run();
        (await Of(shop, AccountKind.Holdback, ada)).ShouldBe(-2_700);

        (await ada.Revoke(await Licence(shop)).Json(409))["missing"]!["minor"]!.GetValue<long>().ShouldBe(900);

        (await Of(shop, AccountKind.Holdback, ada)).ShouldBe(-2_700);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_a_waiting_payout_was_to_give_back_is_the_creators_again_when_the_dashboard_gave_it()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, ada);
        var purchase = await Buy(shop, buyer, ada);
        await used.Run();
        // The operator has refunded it in the dashboard, and nobody has told us.
        await shop.At("webhooks", ("mode", "hold"));
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop);
        await shop.AtGateway("refunds", ("payment_intent", intent!));

        (await ada.Revoke(await Licence(shop)).Json())["refund"]!["minor"]!.GetValue<long>().ShouldBe(1_000);

        await Eventually.Holds(
            async () => (await Books(shop, "purchase.revocation_refund_undone")).Count == 1, "the gateway refuses it");
        (await used.Earned()).ShouldBe(900);
        (await Of(shop, AccountKind.CreatorDebt, ada)).ShouldBeGreaterThanOrEqualTo(0);
        await shop.BooksHold();
    }

    private static Task<IReadOnlyList<string>> Books(Shop shop, string kind) => shop.Database.Query<string>(
        "select reference from journal.transaction where kind = @kind", new { kind }, Shop.Stop);

    internal static Task Refunded(Shop shop, PurchaseId purchase, long cents) => Eventually.Holds(
        async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromMinutes(3));
            return await shop.Database.QueryOne<long>(
                "select refunded from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop) == cents;
        },
        $"{cents} are refunded");

    internal static Task PaidOut(Shop shop, Member payee, long cents) => Eventually.Holds(
        async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromSeconds(3));
            return await shop.Database.QueryOne<long>(
                "select coalesce(sum(minor), 0)::bigint from payouts.payout where organisation_id = @Organisation and state = 'paid'",
                new { payee.Organisation }, Shop.Stop) == cents;
        },
        $"{cents} are paid out");

    internal static Task<long> Of(Shop shop, AccountKind kind, Member owner) =>
        shop.Balance(LedgerAccount.Of(kind, owner.Organisation, Currency.Usd));

    private static async Task<long> Sum(Shop shop, Member payee) =>
        -await Of(shop, AccountKind.CreatorPayable, payee) - await Of(shop, AccountKind.Holdback, payee) -
        await Of(shop, AccountKind.PayoutInTransit, payee) - await Of(shop, AccountKind.CreatorDebt, payee);

    /// <summary>Owed from nowhere in particular.</summary>
    internal static Task Earn(Shop shop, Member creator, long cents) => shop.Database.InTransaction(
        tx => shop.Books.Post(tx, new JournalEntry("test", $"owed/{creator.Organisation}", DateTimeOffset.UnixEpoch,
        [
            LedgerAccount.Of(AccountKind.PlatformFee, Currency.Usd).Debit(cents),
            LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd).Credit(cents),
        ])),
        Shop.Stop);

    private static Task<int> Status(Shop shop, LicenceId licence) => shop.Database.QueryOne<int>(
        "select status::int from licensing.licence where id = @licence", new { licence }, Shop.Stop);
}
