using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payments.RevocationCoverTests;
using static Tallystick.Server.Tests.Payments.RevokedLicenceTests;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A purchase that is taken back outside, before and after it was shared, and more than once.</summary>
public sealed class UncoveredRefundTests(Postgres postgres)
{
    [Fact]
    public async Task Before_it_is_shared_the_price_itself_covers_it_and_nobody_has_to_decide()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (used, purchase, _, ada, ben) = await Sold(shop);

        await RefundAtGateway(shop, purchase, 1_000);
        await used.Run();

        (await SweepTests.Cases(shop, UncoveredRefunds.Kind.Name)).ShouldBe(0);
        (await shop.Balance(AccountKind.Suspense)).ShouldBe(0);
        (await Has(shop, ada) + await Has(shop, ben)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Theory]
    [InlineData("creators_bear", false, 0)]
    [InlineData("operator_bears", false, 1_000)]
    [InlineData("creators_bear", true, 0)]
    [InlineData("operator_bears", true, 1_000)]
    public async Task After_it_was_shared_or_paid_out_the_operator_says_who_bears_it(string decision, bool paidOut, long loss)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (used, purchase, _, ada, ben) = await Sold(shop);
        if (paidOut)
        {
            await shop.OpenAccount(ben);
        }

        await used.Run();
        if (paidOut)
        {
            await PaidOut(shop, ben, 360);
        }

        await RefundAtGateway(shop, purchase, 1_000);
        await shop.Holds(AccountKind.Suspense, 1_000);
        (await SweepTests.Cases(shop, UncoveredRefunds.Kind.Name)).ShouldBe(1);
        await Look(shop, purchase);
        (await SweepTests.Cases(shop, UncoveredRefunds.Kind.Name)).ShouldBe(1, "told again it is the same");

        await ComparisonTests.Act(shop, UncoveredRefunds.Kind.Name, decision);

        (await shop.Balance(AccountKind.Suspense)).ShouldBe(0);
        (await shop.Balance(AccountKind.OperatorLoss)).ShouldBe(loss);
        (await Has(shop, ada), await Has(shop, ben)).ShouldBe(
            (decision, paidOut) switch
            {
                ("creators_bear", true) => (0, -360),
                ("creators_bear", false) => (0, 0),
                (_, true) => (540, 0),
                _ => (540, 360),
            });
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);

        // The bank sends it back: everybody has again what they had.
        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "lost_or_stolen_card"));
        await Eventually.Holds(async () => await shop.Balance(AccountKind.OperatorLoss) == 0 && await shop.Balance(AccountKind.Suspense) == 0 &&
            await Has(shop, ada) == 540 && await Has(shop, ben) == (paidOut ? 0 : 360), "all is as it was");
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-100);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_that_comes_back_before_anybody_has_decided_ends_the_case()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (used, purchase, _, _, _) = await Sold(shop);
        await used.Run();
        await RefundAtGateway(shop, purchase, 400);
        await shop.Holds(AccountKind.Suspense, 400);

        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "lost_or_stolen_card"));

        await shop.Holds(AccountKind.Suspense, 0);
        (await SweepTests.Cases(shop, UncoveredRefunds.Kind.Name)).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>The creator gave the buyer's money back, and the bank takes it as well: that is between the operator and the bank.</summary>
    [Theory]
    [InlineData("revoked")]
    [InlineData("refunded in the dashboard")]
    public async Task A_sale_that_was_given_back_and_is_then_lost_in_a_dispute_is_not_borne_twice(string how)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (used, purchase, licence, ada, ben) = await Sold(shop);
        await used.Run();
        if (how == "revoked")
        {
            await Earn(shop, ada, 360);
            await ada.Revoke(licence).Json();
            await Refunded(shop, purchase, 1_000);
        }
        else
        {
            await RefundAtGateway(shop, purchase, 1_000);
            await shop.Holds(AccountKind.Suspense, 1_000);
            await ComparisonTests.Act(shop, UncoveredRefunds.Kind.Name, "creators_bear");
        }

        var (adas, bens) = (await Has(shop, ada), await Has(shop, ben));
        await Lose(shop, purchase, 1_000);

        await shop.Holds(AccountKind.DisputeReserve, 1_000);
        await Wait.ForEvents(shop.Server);
        (await Has(shop, ada), await Has(shop, ben)).ShouldBe((adas, bens));
        await shop.BooksHold();
    }

    [Fact]
    public async Task Of_a_sale_that_was_given_back_in_part_only_the_rest_is_borne_by_those_who_still_have_it()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (used, purchase, _, ada, ben) = await Sold(shop);
        await used.Run();
        await RefundAtGateway(shop, purchase, 400);
        await shop.Holds(AccountKind.Suspense, 400);
        await ComparisonTests.Act(shop, UncoveredRefunds.Kind.Name, "creators_bear");
        (await Has(shop, ada), await Has(shop, ben)).ShouldBe((324, 216));

        await Lose(shop, purchase, 1_000);

        await shop.Holds(AccountKind.DisputeReserve, 400);
        (await Has(shop, ada), await Has(shop, ben)).ShouldBe((0, 0));
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>Ten dollars; after the fee Ada has 540 of it and Ben 360.</summary>
    private static async Task<(Metered Used, PurchaseId Purchase, LicenceId Licence, Member Ada, Member Ben)> Sold(Shop shop)
    {
        var (buyer, ada, ben) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, ada);
        var purchase = await Buy(shop, buyer, ada, 1_000, ben, basisPoints: 4_000);
        return (used, purchase, await Licence(shop), ada, ben);
    }

    private static async Task RefundAtGateway(Shop shop, PurchaseId purchase, long cents)
    {
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop);
        await shop.AtGateway("refunds", ("payment_intent", intent!), ("amount", $"{cents}"));
        await Eventually.Holds(async () => await shop.Database.QueryOne<long>(
            "select refunded from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop) == cents, $"{cents} are refunded");
    }

    private static async Task Look(Shop shop, PurchaseId purchase)
    {
        var intent = await shop.Database.QueryOne<string>(
            "select payment_intent from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop);
        await shop.Server.Services.GetRequiredService<SyncRefunds>().ByPaymentIntent(intent!, Shop.Stop);
    }

    /// <summary>A bank that was not told of the refund takes the whole payment, and the gateway lets it.</summary>
    private static async Task Lose(Shop shop, PurchaseId purchase, long cents)
    {
        await shop.Database.InTransaction(
            async tx =>
            {
                await shop.Books.Post(tx, new JournalEntry("test", "withdrawn", DateTimeOffset.UnixEpoch,
                [
                    LedgerAccount.Of(AccountKind.DisputeReserve, Currency.Usd).Debit(cents),
                    LedgerAccount.Of(AccountKind.Bank, Currency.Usd).Credit(cents),
                ]));
                await tx.Execute(
                    """
                    insert into payments.dispute (id, checkout_id, amount, reason, state, losses, uncovered, updated_at)
                    values ('dp_late', @Value, @cents, '', 'lost', 1, @cents, now())
                    """,
                    new { purchase.Value, cents });
            },
            Shop.Stop);
        await shop.Database.InTransaction(
            tx => shop.Server.Services.GetRequiredService<BearDispute>().Handle(tx, "dp_late"), Shop.Stop);
    }

    private static async Task<long> Has(Shop shop, Member payee) =>
        -await Of(shop, AccountKind.CreatorPayable, payee) - await Of(shop, AccountKind.Holdback, payee) -
        await Of(shop, AccountKind.PayoutInTransit, payee) - await Of(shop, AccountKind.CreatorDebt, payee);
}
