using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Royalties;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payouts.PayoutSteps;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>What was paid out is taken back at the gateway, wholly or in parts, and paid again by later runs.</summary>
public sealed class ReversedPayoutTests(Postgres postgres)
{
    [Fact]
    public async Task What_is_taken_back_in_parts_is_paid_again_once_however_the_parts_and_the_runs_alternate()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 9_000);
        var payable = LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd);
        var first = await Queue(shop, creator, 1_000);
        await State(shop, first, "paid");

        await TakeBack(shop, first, 300, payable, owed: 300);
        var second = await Paid(shop, creator, 300);
        // Of both: what was paid again can be taken back as well.
        await TakeBack(shop, first, 200, payable, owed: 200);
        await TakeBack(shop, second, 100, payable, owed: 300);
        await Paid(shop, creator, 300);
        await TakeBack(shop, first, 500, payable, owed: 500);
        (await Find(shop, first)).State.ShouldBe("reversed");
        await Paid(shop, creator, 500);
        await Bill.Run(shop);

        (await shop.Balance(payable)).ShouldBe(0);
        (await shop.Database.Query<long>("select minor - reversed from payouts.payout order by queued_at, id", null, Shop.Stop))
            .ShouldBe([0, 200, 300, 500]);
        (await Received(shop)).ShouldBe(1_000);
        await shop.BooksHold();
        await ComparisonTests.Agrees(shop);
    }

    [Fact]
    public async Task What_was_held_back_and_released_into_a_payout_that_was_taken_back_is_traced_to_the_one_that_paid_it()
    {
        await using var shop = await Shop.Open(postgres, more: new(Metered.FeeOfTenPercent)
        {
            ["Royalties:NewPayeeHoldbackBasisPoints"] = "5000",
            ["Royalties:NewPayeeHoldbackDays"] = "60",
        });
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Creator(shop, onboard: true));
        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        await used.Run();
        shop.Server.Clock.Advance(TimeSpan.FromDays(61));
        await used.Run();
        var released = await Newest(shop, creator, 1_350);
        Traced(await Trace(creator, released)).ShouldBe(1_350);

        await TakeBack(
            shop, released, 1_350, LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd), owed: 1_350);
        await Wait.ForEvents(shop.Server);
        await used.Run();

        var again = await Newest(shop, creator, 1_350);
        again.ShouldNotBe(released);
        Traced(await Trace(creator, again)).ShouldBe(1_350);
        Traced(await Trace(creator, released)).ShouldBe(0);
    }

    private static async Task TakeBack(Shop shop, PayoutId payout, long minor, LedgerAccount payable, long owed)
    {
        await shop.AtGateway($"transfers/{(await Find(shop, payout)).TransferId}/reversals", ("amount", $"{minor}"));
        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromMinutes(5));
                return await shop.Balance(payable) == -owed;
            },
            $"{owed} are owed again");
    }

    /// <summary>A run pays so much, and it is there.</summary>
    private static async Task<PayoutId> Paid(Shop shop, Member creator, long minor)
    {
        await Bill.Run(shop);
        return await Newest(shop, creator, minor);
    }

    private static async Task<PayoutId> Newest(Shop shop, Member creator, long minor)
    {
        var newest = (await creator.Http.GetAsync("/v1/payouts?newest=true&limit=1", Shop.Stop).Json())["items"]![0]!;
        newest["amount"]!["minor"]!.GetValue<long>().ShouldBe(minor);
        var id = PayoutId.Parse(newest["payout_id"]!.ToString());
        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
                return (await Find(shop, id)).State == "paid";
            },
            $"{id} is paid");
        return id;
    }

    private static Task<JsonObject> Trace(Member creator, PayoutId payout) =>
        creator.Http.GetAsync($"/v1/payouts/{payout}/trace", Shop.Stop).Json();

    private static long Traced(JsonObject trace) => trace["released"]!.AsArray().Sum(r => r!["amount"]!["minor"]!.GetValue<long>());

    /// <summary>What the payee's account has got at the gateway, by the gateway's own books.</summary>
    private static async Task<long> Received(Shop shop)
    {
        var transfers = (await shop.ReadGateway("transfers?limit=100"))["data"]!.AsArray();
        return transfers.Sum(t => t!["amount"]!.GetValue<long>() - t["amount_reversed"]!.GetValue<long>());
    }
}
