using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

public sealed class WalletRefundTests(Postgres postgres)
{
    [Fact]
    public async Task Unused_money_goes_back_to_the_newest_payments_once_however_often_it_is_asked_for()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 3_000, 2_000);

        var asked = await Ask(buyer, 2_500, "back-1").Json();
        var again = await Ask(buyer, 2_500, "back-1").Json();

        again["wallet_refund_id"]!.ToString().ShouldBe(asked["wallet_refund_id"]!.ToString());
        (await Ask(buyer, 2_400, "back-1").Problem(422)).ShouldBe("idempotency-key-reused");
        await Ends(buyer, "refunded");
        (await Wallet(buyer))["balance"]!["minor"]!.GetValue<long>().ShouldBe(2_500);
        (await shop.Database.Query<long>("select refunded from payments.checkout order by id", null, Shop.Stop)).ShouldBe([500, 2_000]);
        await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task What_is_held_or_not_there_cannot_go_back_and_nothing_is_changed()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 1_000);
        var creator = await Member.Creator(shop.Server);
        var (work, _) = await creator.Published();
        var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, 10));
        using var gate = shop.Server.Client(TestServer.GateSecret);
        var epoch = (await gate.Begin()).Epoch;
        await gate.PostAsJsonAsync(
            "/gate/v1/leases",
            new { licence_id = licence.ToString(), meter = "segment_unlocked", epoch, spent_total = 0, wanted_total = 40 },
            Shop.Stop).Json();

        (await Ask(buyer, 601, "back-1").Problem(409)).ShouldBe("wallet-not-refundable");
        (await Ask(buyer, 0, "back-2").Problem(400)).ShouldBe("invalid-request");
        (await Ask(await Member.Buyer(shop.Server), 1, "back-1").Problem(409)).ShouldBe("wallet-not-refundable");
        (await Wallet(buyer))["available"]!["minor"]!.GetValue<long>().ShouldBe(600);
        (await Wallet(buyer))["refunds"]!.AsArray().ShouldBeEmpty();

        await Ask(buyer, 600, "back-1").Json();
        (await Wallet(buyer))["available"]!["minor"]!.GetValue<long>().ShouldBe(0, "it left the wallet before it was sent");
        await Ends(buyer, "refunded");
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_refund_whose_answer_never_came_is_asked_for_and_made_once()
    {
        await using var shop = await Shop.Open(
            postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1", ["Payments:GatewayTriesMost"] = "1" });
        var buyer = await Funded(shop, 1_000);
        await shop.At("faults", ("kind", "timeout_after"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "1"));

        await Ask(buyer, 400, "back-1").Json();

        await Ends(buyer, "refunded");
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.refund", null, Shop.Stop)).ShouldBe(1);
        (await Wallet(buyer))["balance"]!["minor"]!.GetValue<long>().ShouldBe(600);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_key_that_may_not_refund_keeps_the_money_on_its_way_and_the_operator_is_told()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 1_000);
        await shop.At("faults", ("kind", "forbidden"), ("path", "/v1/refunds"), ("method", "POST"), ("count", "1"));

        await Ask(buyer, 400, "back-1").Json();

        await Eventually.Holds(async () => await SweepTests.Cases(shop, PaymentCases.Key) == 1);
        (await shop.Balance(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd))).ShouldBe(-400);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(5));
        await Ends(buyer, "refunded");
        (await SweepTests.Cases(shop, PaymentCases.Key)).ShouldBe(0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task What_the_gateway_refuses_for_good_is_in_the_wallet_again()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 1_000);
        await shop.At("webhooks", ("mode", "hold"));
        var charge = await shop.Database.QueryOne<string>("select charge from payments.checkout", null, Shop.Stop);
        await shop.At("disputes", ("charge", charge!));

        await Ask(buyer, 400, "back-1").Json();

        await Ends(buyer, "refused");
        (await Wallet(buyer))["balance"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        (await Wallet(buyer))["refunds"]![0]!["reason"]!.ToString().ShouldContain("charged back");
        await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task More_buyers_at_once_than_there_are_connections_to_the_database_all_get_their_answer()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Server:DatabaseConnectionsMost"] = "30" });
        var buyer = await Funded(shop, 1_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 90).Select(i => Ask(buyer, 10, $"back-{i}").Json()));

        answers.Select(a => a["wallet_refund_id"]!.ToString()).Distinct().Count().ShouldBe(90);
        (await Wallet(buyer))["balance"]!["minor"]!.GetValue<long>().ShouldBe(100);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_a_bank_disputes_is_neither_used_nor_given_back_by_way_of_another_payment()
    {
        await using var shop = await Shop.Open(postgres);
        // The gateway's fees for the dispute are paid from what others have prepaid.
        await Funded(shop, 5_000);
        var buyer = await Funded(shop, 1_000, 2_000);
        var creator = await Member.Creator(shop.Server);
        var (work, _) = await creator.Published();
        var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, 10));
        var newest = await shop.Database.QueryOne<string>(
            "select charge from payments.checkout where gross = 2000", null, Shop.Stop);

        var dispute = await shop.At("disputes", ("charge", newest!));
        await Eventually.Holds(async () => (await Wallet(buyer))["available"]!["minor"]!.GetValue<long>() == 1_000);
        (await Ask(buyer, 1_001, "back-1").Problem(409)).ShouldBe("wallet-not-refundable");
        using var gate = shop.Server.Client(TestServer.GateSecret);
        var epoch = (await gate.Begin()).Epoch;
        var lease = await gate.PostAsJsonAsync(
            "/gate/v1/leases",
            new { licence_id = licence.ToString(), meter = "segment_unlocked", epoch, spent_total = 0, wanted_total = 300 },
            Shop.Stop).Json();
        lease["granted_total"]!.GetValue<long>().ShouldBe(100, "ten dollars are not disputed");
        await gate.PostAsJsonAsync(
            "/gate/v1/leases/return",
            new
            {
                licence_id = licence.ToString(), meter = "segment_unlocked", epoch, spent_total = 0, wanted_total = 0,
                version = lease["version"]!.GetValue<long>(),
            },
            Shop.Stop).Json();

        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", "lost"));
        await Eventually.Holds(async () => (await Wallet(buyer))["balance"]!["minor"]!.GetValue<long>() == 1_000);
        await Ask(buyer, 1_000, "back-2").Json();
        await Ends(buyer, "refunded");
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_refund_that_the_bank_sends_back_days_later_is_in_the_wallet_again()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 1_000);
        await Ask(buyer, 400, "back-1").Json();
        await Ends(buyer, "refunded");
        var refund = await shop.Database.QueryOne<string>("select id from payments.refund", null, Shop.Stop);

        await shop.At($"refunds/{refund}/fail", ("reason", "lost_or_stolen_card"));

        await Ends(buyer, "refused");
        var wallet = await Wallet(buyer);
        wallet["balance"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        wallet["refunds"]![0]!["reason"]!.ToString().ShouldBe("lost_or_stolen_card");
        wallet["refunds"]![0]!["refunded"]!["minor"]!.GetValue<long>().ShouldBe(0);
        await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task Every_refund_of_a_payment_is_found_however_many_there_are()
    {
        await using var shop = await Shop.Open(postgres);
        var buyer = await Funded(shop, 1_000);
        var intent = await shop.Database.QueryOne<string>("select payment_intent from payments.checkout", null, Shop.Stop);
        await shop.At("webhooks", ("mode", "hold"));
        for (var made = 0; made < 230; made++)
        {
            await shop.AtGateway("refunds", ("payment_intent", intent!), ("amount", "1"));
        }

        await shop.At("webhooks/release");

        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -770);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    private static async Task<Member> Funded(Shop shop, params long[] topUps)
    {
        var buyer = await Member.Buyer(shop.Server);
        var total = 0L;
        foreach (var cents in topUps)
        {
            await shop.TopUp(buyer, cents);
            total += cents;
            await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -total);
        }

        return buyer;
    }

    private static Task<HttpResponseMessage> Ask(Member buyer, long cents, string key) => buyer.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/refunds")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", key } },
        },
        Shop.Stop);

    private static Task<JsonObject> Wallet(Member buyer) => buyer.Http.GetAsync("/v1/wallet", Shop.Stop).Json();

    private static Task Ends(Member buyer, string status) => Eventually.Holds(
        async () => (await Wallet(buyer))["refunds"]![0]!["status"]!.ToString() == status, $"the refund is {status}");
}
