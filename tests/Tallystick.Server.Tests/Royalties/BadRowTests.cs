using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

/// <summary>One bad row stops only itself: a run closes, whatever is in it.</summary>
public sealed class BadRowTests(Postgres postgres)
{
    [Theory]
    [InlineData("accept", 2_000)]
    [InlineData("void", 1_000)]
    public async Task Usage_of_a_licence_that_is_not_known_is_set_aside_and_the_run_closes(string action, long drawn)
    {
        await using var shop = await Shop.Open(postgres);
        var (good, unknown) = await Two(shop);
        await unknown.Use(200_000_000, isKnown: false);
        await good.Use(200_000_000);

        await good.Run();
        (await Drawn(shop)).ShouldBe(1_000);
        var row = (await SetAside(shop)).Single();
        row["kind"]!.ToString().ShouldBe("royalties.unknown_licence");
        row["subject"]!.ToString().ShouldBe(unknown.Licence.ToString());
        await unknown.Known();
        await Act(shop, row, action);
        await good.Run();

        (await Drawn(shop)).ShouldBe(drawn);
        (await SetAside(shop)).ShouldBeEmpty();
        await good.Run();
        (await Drawn(shop)).ShouldBe(drawn);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Lines_that_fail_are_set_aside_and_the_others_are_charged()
    {
        await using var shop = await Shop.Open(postgres);
        var (good, strange) = await Two(shop);
        var dear = new Bill(shop, (await Member.Buyer(shop.Server)).Organisation, (await Member.Creator(shop.Server)).Organisation);
        await strange.Known(currency: "XXX");
        await strange.Use(1_000_000);
        await dear.Known(priceMinor: long.MaxValue);
        await dear.Use(9_000_000_000_000_000);
        await good.Use(200_000_000);

        var run = await good.Run();

        run.State.ShouldBe("closed");
        (await Drawn(shop)).ShouldBe(1_000);
        (await SetAside(shop)).Select(r => r["kind"]!.ToString()).ShouldBe(["royalties.usage_line", "royalties.usage_line"]);
        await Act(shop, (await SetAside(shop))[0], "void");
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_rule_that_cannot_be_used_stops_only_the_usage_it_would_share()
    {
        await using var shop = await Shop.Open(postgres);
        var (good, broken) = await Two(shop);
        await broken.Rule(new RoyaltyRule([new(9_999, (await Member.Creator(shop.Server)).Organisation)]));
        await broken.Use(200_000_000);
        await good.Use(200_000_000);

        await good.Run();
        (await Drawn(shop)).ShouldBe(1_000);
        await shop.Database.InTransaction(
            tx => tx.Execute("""update royalties.rule set body = jsonb_set(body, '{payees,0,share_basis_points}', '10000')"""),
            Shop.Stop);
        await Act(shop, (await SetAside(shop)).Single(), "accept");
        await good.Run();

        (await Drawn(shop)).ShouldBe(2_000);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_hundred_thousand_holdbacks_that_are_due_at_once_are_released()
    {
        await using var shop = await Shop.Open(postgres);
        var (good, _) = await Two(shop);
        var ada = (await Member.Creator(shop.Server)).Organisation;
        await good.Use(1_000_000);
        var run = await good.Run();
        var held = LedgerAccount.Of(AccountKind.Holdback, ada, Currency.Usd);
        await shop.Database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    insert into royalties.holdback (run_id, payee, currency, release_at, minor)
                    select @Run, @ada, 'USD', timestamptz '2020-01-01' + n * interval '1 second', 1 from generate_series(1, 100001) n
                    """,
                    new { Run = run.BillingRunId, ada });
                await shop.Server.Services.GetRequiredService<Books>().Post(tx, new JournalEntry(
                    "test", "test/held", DateTimeOffset.UnixEpoch,
                    [LedgerAccount.Of(AccountKind.Bank, Currency.Usd).Debit(100_001), held.Credit(100_001)]));
            },
            Shop.Stop);

        await good.Run();

        (await shop.Balance(held)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, ada, Currency.Usd))).ShouldBe(-100_001);
    }

    [Fact]
    public async Task A_state_that_this_version_does_not_know_is_waited_for_and_pays_nobody()
    {
        await using var shop = await Shop.Open(postgres);
        var (good, _) = await Two(shop);
        await good.Use(200_000_000);
        await good.Run();
        var runs = shop.Server.Services.GetRequiredService<BillingRuns>();
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                alter table royalties.run drop constraint run_state_check;
                insert into royalties.run (id, up_to, state, fee_basis_points, opened_at)
                values (gen_random_uuid(), @Now, 'netting', 0, @Now)
                """,
                new { Now = shop.Server.Clock.GetUtcNow() }),
            Shop.Stop);

        await Eventually.Holds(
            async () => (await runs.List(null, 1, Shop.Stop)).Value.Items[0].Waiting?.Contains("netting", StringComparison.Ordinal) == true,
            "the run says what it waits for");

        (await runs.List(null, 1, Shop.Stop)).Value.Items[0].State.ShouldBe("netting");
    }

    private static async Task<(Bill Good, Bill Other)> Two(Shop shop)
    {
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 5_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -5_000);
        return (
            new Bill(shop, buyer.Organisation, creator.Organisation),
            new Bill(shop, buyer.Organisation, (await Member.Creator(shop.Server)).Organisation));
    }

    private static async Task<long> Drawn(Shop shop) => await shop.Database.QueryOne<long>(
        "select coalesce(sum(gross), 0)::bigint from royalties.charge", null, Shop.Stop);

    private static async Task<IReadOnlyList<JsonNode>> SetAside(Shop shop)
    {
        using var operators = shop.Server.Client(TestServer.OperatorKey);
        return [.. (await operators.GetAsync("/v1/set-aside", Shop.Stop).Json())["items"]!.AsArray().Select(r => r!)];
    }

    private static async Task Act(Shop shop, JsonNode row, string action)
    {
        using var operators = shop.Server.Client(TestServer.OperatorKey);
        (await operators.PostAsync($"/v1/set-aside/{row["id"]}/{action}", null, Shop.Stop)).EnsureSuccessStatusCode();
    }
}
