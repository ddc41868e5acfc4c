using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

public sealed class BillingTests(Postgres postgres)
{
    [Fact]
    public async Task Usage_and_a_purchase_are_billed_split_stated_and_paid_out_to_the_cent()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var ben = await Member.Creator(shop.Server);
        await Onboard(shop, ada);
        await Onboard(shop, ben);
        await shop.TopUp(buyer, 5_000);
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        await shop.Holds(wallet, -5_000);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Rule(new RoyaltyRule(
            [new(7_000, ada.Organisation), new(3_000, ben.Organisation)], HoldbackBasisPoints: 1_000, HoldbackDays: 30));
        // 5 cents per MB, 333 333 333 bytes: 16.67 USD and a third of the rest of a cent carried.
        await bill.Use(333_333_333);
        var purchase = await shop.Purchase(buyer, ada, 1_000, refundDays: 0);
        await shop.Pay(purchase, "4000000000000077");
        await shop.Status(purchase, buyer, "paid");
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));

        var run = await bill.Run();

        // 1667: fee 250 (half to even of 250.05), Ada 992, Ben 425; held back 99 and 42. The purchase is all Ada's, by no rule.
        (await shop.Balance(wallet)).ShouldBe(-3_333);
        run.Result!["reconciled"]!.GetValue<bool>().ShouldBeTrue();
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-(250 + 150));
        await shop.Holds(LedgerAccount.Of(AccountKind.PayoutInTransit, ada.Organisation, Currency.Usd), 0);
        await shop.Holds(LedgerAccount.Of(AccountKind.PayoutInTransit, ben.Organisation, Currency.Usd), 0);
        var payouts = (await ada.Http.GetAsync("/v1/payouts", Shop.Stop).Json())["items"]!.AsArray();
        payouts.Single()!["amount"]!["minor"]!.GetValue<long>().ShouldBe(992 - 99 + 850);
        payouts.Single()!["state"]!.ToString().ShouldBe("paid");
        await Trace(ada, payouts.Single()!["payout_id"]!.ToString());
        await StatementsAgree(ada, buyer);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);

        // Thirty days later the next run releases what was held back.
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        await bill.Run();
        (await shop.Balance(LedgerAccount.Of(AccountKind.Holdback, ada.Organisation, Currency.Usd))).ShouldBe(0);
        // 99 cents are below the least payout and stay owed.
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, ada.Organisation, Currency.Usd))).ShouldBe(-99);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_run_is_one_for_its_cut_and_bills_nothing_twice()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        await shop.Holds(wallet, -5_000);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Use(10_000_000);

        var first = await bill.Run();
        var again = await shop.Server.Services.GetRequiredService<BillingRuns>().Open(first.UpTo, Shop.Stop);
        await bill.Run();

        again.Value.BillingRunId.ShouldBe(first.BillingRunId);
        (await shop.Balance(wallet)).ShouldBe(-4_950);
    }

    [Fact]
    public async Task What_a_wallet_lacks_is_owed_and_named_in_the_result()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 100);
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        await shop.Holds(wallet, -100);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Use(30_000_000);

        var run = await bill.Run();

        (await shop.Balance(wallet)).ShouldBe(0);
        run.Differences.Single().Kind.ShouldBe("uncollected");
        await shop.TopUp(buyer, 200);
        await shop.Holds(wallet, -200);
        await bill.Use(1_000_000);
        await bill.Run();
        (await shop.Balance(wallet)).ShouldBe(-145);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Each_charge_says_which_top_ups_paid_for_it_the_oldest_first()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        await shop.TopUp(buyer, 100);
        await shop.Holds(wallet, -100);
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        await shop.TopUp(buyer, 200);
        await shop.Holds(wallet, -300);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);

        await bill.Use(16_000_000);
        await bill.Run();
        await bill.Use(10_000_000);
        await bill.Run();

        (await shop.Database.Query<string>(
            """
            select c.gross || ': ' || string_agg(t.gross || ' ' || f.minor, ', ' order by t.paid_at) from royalties.funding f
            join royalties.charge c on c.id = f.charge_id join payments.checkout t on t.id = f.top_up_id
            group by c.id, c.gross order by c.id
            """,
            null,
            Shop.Stop)).ShouldBe(["80: 100 80", "50: 100 20, 200 30"]);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_rule_of_a_stranger_freezes_nobodys_payouts()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, victor) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var stranger = await Member.Creator(shop.Server);
        await shop.TopUp(buyer, 5_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -5_000);
        var trap = new Bill(shop, buyer.Organisation, stranger.Organisation);
        // As an older version of the server stored it.
        await trap.Rule(new RoyaltyRule(
            [new(9_999, stranger.Organisation), new(1, victor.Organisation)],
            MinimumPayout: new Money(9_000_000_000_000_000_000, Currency.Usd)));
        var work = new Bill(shop, buyer.Organisation, victor.Organisation);
        await trap.Use(10_000_000);
        await work.Use(100_000_000);

        await work.Run();

        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, victor.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, victor.Organisation, Currency.Usd))).ShouldBe(-425);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_rule_sets_no_minimum_and_is_not_dated_back()
    {
        await using var server = await TestServer.Start(postgres);
        var ada = await Member.Creator(server);
        var (work, _) = await ada.Published();
        var payees = new[] { new { share_basis_points = 10_000, organisation_id = ada.Organisation.ToString() } };
        Task<HttpResponseMessage> Put(object rule) => ada.Http.PutAsJsonAsync($"/v1/works/{work}/royalty-rule", rule, Shop.Stop);
        var now = server.Clock.GetUtcNow();

        (await Put(new { payees, minimum_payout = new { minor = 1, currency = "USD" } }).Problem(400)).ShouldBe("invalid-request");
        (await Put(new { payees, effective_from = now.AddMinutes(-11) }).Problem(400)).ShouldBe("invalid-request");
        var lifted = await Put(new { payees, effective_from = now.AddMinutes(-9) }).Json();

        lifted["effective_from"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThanOrEqualTo(now);
    }

    [Fact]
    public async Task Twenty_charges_of_a_cent_give_fee_and_both_halves_their_part()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Royalties:PlatformFeeBasisPoints"] = "1000" });
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var ben = await Member.Creator(shop.Server);
        await shop.TopUp(buyer, 500);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -500);
        var bills = Enumerable.Range(0, 20).Select(_ => new Bill(shop, buyer.Organisation, ada.Organisation)).ToList();
        foreach (var bill in bills)
        {
            await bill.Rule(new RoyaltyRule([new(5_000, ada.Organisation), new(5_000, ben.Organisation)]));
            await bill.Use(200_000);
        }

        await bills[0].Run();

        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(-2);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, ada.Organisation, Currency.Usd))).ShouldBe(-9);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, ben.Organisation, Currency.Usd))).ShouldBe(-9);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_lost_dispute_about_a_shared_purchase_is_borne_by_those_who_got_it()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var purchase = await Due(shop, buyer, ada);
        await new Bill(shop, buyer.Organisation, ada.Organisation).Run();
        var charge = await shop.Database.QueryOne<string>("select charge from payments.checkout", null, Shop.Stop);

        var dispute = await shop.At("disputes", ("charge", charge!));
        await shop.Holds(AccountKind.DisputeReserve, 1_000);
        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", "lost"));

        await shop.Holds(LedgerAccount.Of(AccountKind.CreatorDebt, ada.Organisation, Currency.Usd), 850);
        (await shop.Balance(AccountKind.DisputeReserve)).ShouldBe(0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task What_is_lost_of_a_purchase_before_its_run_comes_to_it_is_borne_by_nobody_else()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var purchase = await Due(shop, buyer, ada);
        var charge = await shop.Database.QueryOne<string>("select charge from payments.checkout", null, Shop.Stop);
        var (due, run) = (shop.Server.Services.GetRequiredService<DuePurchases>(), BillingRunId.From(Guid.CreateVersion7()));
        await shop.Database.InTransaction(tx => due.Claim(tx, run, shop.Server.Clock.GetUtcNow()), Shop.Stop);

        var dispute = await shop.At("disputes", ("charge", charge!));
        await shop.Holds(AccountKind.DisputeReserve, 1_000);
        await shop.At($"disputes/{dispute["id"]}/close", ("outcome", "lost"));

        await shop.Holds(LedgerAccount.Deferred(purchase, Currency.Usd), 0);
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<int>(
                "select count(*)::int from foundation.delivery where handler = @Name", new { BearLostDispute.Name }, Shop.Stop) == 0,
            "the payees' part of it is decided");
        (await shop.Database.InTransaction(tx => due.Of(tx, run, default, 10), Shop.Stop)).Single().Minor.ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorDebt, ada.Organisation, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
    }

    /// <summary>A purchase that is paid and that nobody can give back any more.</summary>
    private static async Task<PurchaseId> Due(Shop shop, Member buyer, Member creator)
    {
        var purchase = await shop.Purchase(buyer, creator, 1_000, refundDays: 0);
        await shop.Pay(purchase, "4000000000000077");
        await shop.Status(purchase, buyer, "paid");
        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        return purchase;
    }

    private static async Task Onboard(Shop shop, Member creator)
    {
        using var body = System.Net.Http.Json.JsonContent.Create(new { country = "US" });
        await creator.Http.PostAsync("/v1/payout-account", body, Shop.Stop).Json();
        var account = await shop.Database.QueryOne<string>(
            "select account_id from payments.payout_account where organisation_id = @Organisation", creator, Shop.Stop);
        await shop.At($"accounts/{account}/onboard");
    }

    private static async Task Trace(Member creator, string payout)
    {
        var trace = await creator.Http.GetAsync($"/v1/payouts/{payout}/trace", Shop.Stop).Json();
        var lines = trace["lines"]!.AsArray();
        lines.Count.ShouldBe(2);
        var usage = lines.Single(l => l!["meter"]!.ToString() == "bytes_delivered")!;
        usage["seals"]!.AsArray().Count.ShouldBe(1);
        var detail = await creator.Http.GetAsync($"/v1/payouts/{payout}/trace?line={usage["line_id"]}", Shop.Stop).Json();
        detail["events"]!.AsArray().Count.ShouldBe(3);
    }

    private static async Task StatementsAgree(Member creator, Member buyer)
    {
        foreach (var (reader, total) in new[] { (creator, 992 + 850), (buyer, 1_667 + 1_000) })
        {
            var statement = (await reader.Http.GetAsync("/v1/statements", Shop.Stop).Json())["items"]!.AsArray().Single()!;
            statement["total"]!["minor"]!.GetValue<long>().ShouldBe(total);
            var id = statement["statement_id"]!.ToString();
            var csv = await reader.Http.GetByteArrayAsync($"/v1/statements/{id}.csv", Shop.Stop);
            Convert.ToHexStringLower(SHA256.HashData(csv)).ShouldBe(statement["lines_sha256"]!.ToString());
            Encoding.UTF8.GetString(csv).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
            var shown = await reader.Http.GetAsync($"/v1/statements/{id}", Shop.Stop).Json();
            shown["lines"]!.AsArray().Sum(l => l!["amount"]!["minor"]!.GetValue<long>()).ShouldBe(total);
        }

        var others = (await creator.Http.GetAsync("/v1/statements", Shop.Stop).Json())["items"]![0]!["statement_id"];
        (await buyer.Http.GetAsync($"/v1/statements/{others}", Shop.Stop).Problem(404)).ShouldBe("not-found");
    }
}
