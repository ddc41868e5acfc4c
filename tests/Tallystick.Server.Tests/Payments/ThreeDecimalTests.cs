using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts;
using Tallystick.Server.Tests.Payouts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Of three decimals the gateway moves two, into either direction: what it does not move stays its owner's.</summary>
public sealed class ThreeDecimalTests(Postgres postgres)
{
    private static readonly Currency Dinar = Currency.Parse("KWD");

    [Theory]
    [InlineData("none", 33_320, 0)]
    [InlineData("gateway_cost", 32_330, 990)]
    public async Task Of_a_wallet_whole_steps_go_back_and_the_rest_stays_in_it(string whoBears, long sent, long fee)
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:WalletRefundFee"] = whoBears });
        // The gateway keeps its fee of a refund: another's money has to be there for it.
        await Funded(shop, 50_000);
        var buyer = await Funded(shop, 33_330);
        await Use(shop, buyer, 3);

        (await Ask(buyer, 9, "too-little").Problem(400)).ShouldBe("invalid-request");
        var asked = await Ask(buyer, 33_327, "back").Json();
        asked["amount"]!["minor"]!.GetValue<long>().ShouldBe(33_320);
        (await Ask(buyer, 33_327, "back").Json())["wallet_refund_id"]!.ToString().ShouldBe(asked["wallet_refund_id"]!.ToString());

        await Eventually.Holds(async () => (await Wallet(buyer))["refunds"]![0]!["status"]!.ToString() == "refunded");
        var wallet = await Wallet(buyer);
        wallet["balance"]!["minor"]!.GetValue<long>().ShouldBe(7);
        wallet["refund_fee"]!["minor"]!.GetValue<long>().ShouldBe(0);
        wallet["refunds"]![0]!["refunded"]!["minor"]!.GetValue<long>().ShouldBe(sent);
        wallet["refunds"]![0]!["fee"]!["minor"]!.GetValue<long>().ShouldBe(fee);
        (await shop.ReadGateway("refunds"))["data"]!.AsArray().Single()!["amount"]!.GetValue<long>().ShouldBe(sent);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Of_a_payout_whole_steps_are_sent_and_the_rest_is_payable_still()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await PayoutSteps.Creator(shop, onboard: true);
        await Funded(shop, 50_000);

        // As an older version queued it: what is queued now is in steps already.
        var id = await PayoutSteps.Queue(shop, creator, 1_237, currency: Dinar);

        await PayoutSteps.State(shop, id, "paid");
        var paid = await PayoutSteps.Find(shop, id);
        (paid.Amount.Minor, paid.Kept.Minor).ShouldBe((1_230, 7));
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Dinar))).ShouldBe(-7);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Dinar))).ShouldBe(0);
        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_is_less_than_can_be_sent_back_keeps_no_account_open()
    {
        await using var shop = await Shop.Open(postgres);
        // The gateway keeps its fee of a refund: another's money has to be there for it.
        await Funded(shop, 50_000);
        var buyer = await Funded(shop, 33_330);
        await Use(shop, buyer, 3);
        await Ask(buyer, 33_320, "back").Json();
        await Eventually.Holds(async () => (await Wallet(buyer))["refunds"]![0]!["status"]!.ToString() == "refunded");

        var closing = shop.Server.Services.GetServices<Tallystick.Server.Accounts.Contracts.IClosingCheck>();
        var obstacles = new List<string>();
        foreach (var check in closing)
        {
            obstacles.AddRange((await shop.Database.InTransaction(tx => check.Look(tx, buyer.Organisation), Shop.Stop)).Obstacles);
        }

        obstacles.ShouldBeEmpty();
    }

    private static async Task<Member> Funded(Shop shop, long minor)
    {
        var buyer = await Member.Buyer(shop.Server);
        var made = await Send(buyer, "/v1/wallet/top-ups", minor, "top-up").Json();
        var session = await shop.Database.QueryOne<string>(
            "select session_id from payments.checkout where checkout_url = @Url", new { Url = (string)made["checkout_url"]! }, Shop.Stop);
        await shop.At($"sessions/{session}/pay", ("card", "4000000000000077"));
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Dinar), -minor);
        return buyer;
    }

    /// <summary>How use is priced and shared is told elsewhere.</summary>
    private static Task Use(Shop shop, Member buyer, long minor) => shop.Database.InTransaction(
        tx => shop.Books.Post(tx, new JournalEntry(
            "test", $"used/{buyer.Organisation}", DateTimeOffset.UnixEpoch,
            [
                LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Dinar).Debit(minor),
                LedgerAccount.Of(AccountKind.PlatformFee, Dinar).Credit(minor),
            ])),
        Shop.Stop);

    private static Task<HttpResponseMessage> Ask(Member buyer, long minor, string key) => Send(buyer, "/v1/wallet/refunds", minor, key);

    private static async Task<HttpResponseMessage> Send(Member buyer, string path, long minor, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(new { amount = new { minor, currency = "KWD" } }),
            Headers = { { "Idempotency-Key", key } },
        };
        return await buyer.Http.SendAsync(request, Shop.Stop);
    }

    private static Task<JsonObject> Wallet(Member buyer) => buyer.Http.GetAsync("/v1/wallet?currency=KWD", Shop.Stop).Json();
}
