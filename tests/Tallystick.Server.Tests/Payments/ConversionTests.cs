using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Payouts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Paid in one currency, settled by the gateway in another.</summary>
public sealed class ConversionTests(Postgres postgres)
{
    [Fact]
    public async Task What_was_paid_in_euros_and_settled_in_dollars_is_granted_and_booked_in_two_legs_with_the_rate()
    {
        await using var shop = await Shop.Open(postgres);
        await shop.At("settlement", ("currency", "eur"), ("into", "usd"), ("rate", "1.08"));
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000, currency: Currency.Eur);

        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");

        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Eur))).ShouldBe(-1_000);
        (await shop.Balance(LedgerAccount.Of(AccountKind.FxPosition, Currency.Eur))).ShouldBe(1_000);
        (await shop.Balance(AccountKind.FxPosition)).ShouldBe(-1_080);
        // 2.9 % and 30 of 1 000 are 59, at 1.08 64.
        (await shop.Balance(AccountKind.GatewayFees)).ShouldBe(64);
        (await shop.Database.Query<string>(
            "select paid || ' ' || paid_currency || ' ' || settled || ' ' || settled_currency || ' ' || rate || ' ' || source from payments.fx_conversion",
            null, Shop.Stop)).ShouldBe(["1000 EUR 1080 USD 1.08 stripe"]);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Theory]
    [InlineData("refund")]
    [InlineData("lost")]
    [InlineData("won")]
    public async Task A_refund_and_a_dispute_of_such_a_payment_move_both_currencies(string what)
    {
        await using var shop = await Shop.Open(postgres);
        await shop.At("settlement", ("currency", "eur"), ("into", "usd"), ("rate", "1.08"));
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var id = await shop.Purchase(buyer, creator, 1_000, currency: Currency.Eur);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await shop.At("settlement", ("currency", "eur"), ("into", "usd"), ("rate", "1.10"));

        if (what == "refund")
        {
            await buyer.Http.PostAsync($"/v1/purchases/{id}/refund", null, Shop.Stop).Json();
            await shop.Status(id, buyer, "refunded");
        }
        else
        {
            var charge = await shop.Database.QueryOne<string>(
                "select charge from payments.checkout where kind = 'purchase'", null, Shop.Stop);
            var dispute = await shop.At("disputes", ("charge", charge!));
            await shop.Holds(LedgerAccount.Of(AccountKind.DisputeReserve, Currency.Eur), 1_000);
            await shop.At($"disputes/{dispute["id"]}/close", ("outcome", what));
            await shop.Holds(LedgerAccount.Of(AccountKind.DisputeReserve, Currency.Eur), 0);
        }

        (await shop.Balance(LedgerAccount.Deferred(id, Currency.Eur))).ShouldBe(what == "won" ? -1_000 : 0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.FxPosition, Currency.Eur))).ShouldBe(what == "won" ? 1_000 : 0);
        // Of a refund or a loss the twenty cents are what the rate has cost.
        (await shop.Balance(AccountKind.FxPosition)).ShouldBe(what == "won" ? -1_080 : 20);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_payout_in_a_currency_that_is_settled_in_another_does_not_wait_in_silence()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await PayoutSteps.Creator(shop, onboard: true);
        var payout = await PayoutSteps.Queue(shop, creator, 500, currency: Currency.Eur);
        await Eventually.Holds(async () => (await PayoutSteps.Find(shop, payout)).Reason == "waits for available balance");

        shop.Server.Clock.Advance(TimeSpan.FromDays(8));
        await Eventually.Holds(async () =>
        {
            // Slower than the gateway is looked through: what was looked at long ago is looked at again first.
            shop.Server.Clock.Advance(TimeSpan.FromSeconds(1));
            return await shop.Database.QueryOne<int>(
                "select count(*)::int from foundation.set_aside where kind = 'payouts.no_balance' and state = 'open'", null, Shop.Stop) == 1;
        });

        (await PayoutSteps.Find(shop, payout)).State.ShouldBe("queued", "it goes out by itself when there is a balance");
    }

    [Fact]
    public async Task What_was_paid_and_is_not_what_was_asked_for_lies_in_suspense_and_is_set_aside()
    {
        await using var shop = await Shop.Open(postgres);
        using var op = shop.Server.Client(TestServer.OperatorKey);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var id = await shop.Purchase(buyer, creator, 1_000);
        await shop.Database.InTransaction(
            tx => tx.Execute("update payments.checkout set gross = 900 where id = @Value", new { id.Value }), Shop.Stop);

        await shop.Pay(id, "4000000000000077");

        await shop.Holds(AccountKind.Suspense, -1_000);
        (await shop.Database.QueryOne<int>(
            "select count(*)::int from foundation.set_aside where kind = 'payments.unmatched' and state = 'open'", null, Shop.Stop))
            .ShouldBe(1);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }
}
