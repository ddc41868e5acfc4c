using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Our books and the gateway's balance agree to the unit, whatever moved there.</summary>
public sealed class ComparisonTests(Postgres postgres)
{
    [Fact]
    public async Task Payouts_to_the_bank_their_fees_and_those_that_come_back_are_in_our_books()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var buyer = await Member.Buyer(shop.Server);
        await ToppedUp(shop, buyer, 20_000);
        var fees = await shop.Balance(AccountKind.GatewayFees);

        var kept = await shop.At("payouts", ("amount", "3000"), ("currency", "usd"), ("fee", "25"));
        var returned = await shop.At("payouts", ("amount", "4000"), ("currency", "usd"));
        await shop.At($"payouts/{returned["id"]}/complete", ("outcome", "failed"));
        await shop.At("movements", ("type", "stripe_fee"), ("amount", "-200"), ("currency", "usd"));
        await shop.At("movements", ("type", "topup"), ("amount", "700"), ("currency", "usd"));

        var compared = await Compare(shop);

        compared["agree"]!.GetValue<bool>().ShouldBeTrue(compared.ToJsonString());
        (await shop.Balance(AccountKind.Bank)).ShouldBe(3_000 - 700);
        (await shop.Balance(AccountKind.GatewayFees)).ShouldBe(fees + 25 + 200);
        await Agrees(shop);
        await shop.BooksHold();
        kept["status"]!.ToString().ShouldBe("in_transit");
        using var stranger = shop.Server.Client(buyer.ApiKey);
        (await stranger.GetAsync("/v1/gateway/comparison", Shop.Stop).Problem(403)).ShouldBe("forbidden");
    }

    [Fact]
    public async Task A_movement_that_nothing_explains_is_a_case_and_the_operator_books_it()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        var buyer = await Member.Buyer(shop.Server);
        await ToppedUp(shop, buyer, 5_000);
        await shop.At("movements", ("type", "adjustment"), ("amount", "-35"), ("currency", "usd"), ("description", "by hand"));

        var compared = await Compare(shop);
        compared["agree"]!.GetValue<bool>().ShouldBeFalse();
        compared["currencies"]![0]!["unbooked"]!["minor"]!.GetValue<long>().ShouldBe(-35);
        compared["currencies"]![0]!["unexplained"]!["minor"]!.GetValue<long>().ShouldBe(0);

        // Looked at again, nothing has changed: it is the same case, and still there.
        await Act(shop, PaymentCases.Movement, "retry");
        await Compare(shop);
        (await SweepTests.Cases(shop, PaymentCases.Movement)).ShouldBe(1);
        (await shop.Database.QueryOne<int>(
            "select times::int from foundation.set_aside where kind = @Movement", new { PaymentCases.Movement }, Shop.Stop)).ShouldBe(2);
        await Act(shop, PaymentCases.Movement, "fee");

        (await Compare(shop))["agree"]!.GetValue<bool>().ShouldBeTrue();
        await Agrees(shop);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_difference_that_nobody_can_explain_is_told_and_can_be_taken_into_suspense()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        await shop.Database.InTransaction(
            tx => shop.Books.Post(tx, new JournalEntry("test", "lost", DateTimeOffset.UnixEpoch,
            [
                LedgerAccount.Of(AccountKind.GatewayAvailable, Currency.Usd).Debit(7),
                LedgerAccount.Of(AccountKind.PlatformFee, Currency.Usd).Credit(7),
            ])),
            Shop.Stop);

        (await Compare(shop))["currencies"]![0]!["unexplained"]!["minor"]!.GetValue<long>().ShouldBe(-7);
        await Act(shop, PaymentCases.Difference, "suspense");

        (await Compare(shop))["agree"]!.GetValue<bool>().ShouldBeTrue();
        (await shop.Balance(AccountKind.Suspense)).ShouldBe(7);
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        (await operate.GetAsync("/v1/gateway/comparisons", Shop.Stop).Json())["items"]!.AsArray().Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Money_of_another_system_on_the_same_account_is_no_payment_of_ours()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false);
        await shop.ForeignPayment(2_000);

        var compared = await Compare(shop);

        compared["currencies"]![0]!["unexplained"]!["minor"]!.GetValue<long>().ShouldBe(0);
        (await SweepTests.Cases(shop, PaymentCases.Movement)).ShouldBe(2);
    }

    private static async Task ToppedUp(Shop shop, Member buyer, long cents)
    {
        await shop.TopUp(buyer, cents);
        // Nobody tells the server: it finds out when it looks the next time.
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(3));
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -cents);
    }

    internal static async Task<JsonObject> Compare(Shop shop)
    {
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        return await operate.GetAsync("/v1/gateway/comparison", Shop.Stop).Json();
    }

    internal static async Task Act(Shop shop, string kind, string action)
    {
        var id = await shop.Database.QueryOne<long>(
            "select id from foundation.set_aside where kind = @kind and state = 'open'", new { kind }, Shop.Stop);
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        (await operate.PostAsync($"/v1/set-aside/{id}/{action}", null, Shop.Stop)).IsSuccessStatusCode.ShouldBeTrue();
    }

    /// <summary>Both sides to the cent, by the simulator's own sums.</summary>
    internal static async Task Agrees(Shop shop)
    {
        var totals = await shop.Totals();
        var usd = totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!;
        (await shop.Balance(AccountKind.GatewayPending) + await shop.Balance(AccountKind.GatewayAvailable)).ShouldBe(
            usd["pending"]!.GetValue<long>() + usd["available"]!.GetValue<long>());
    }
}
