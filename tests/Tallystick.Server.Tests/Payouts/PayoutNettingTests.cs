using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payouts.PayoutSteps;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>A payout that waited is less by what its payee owes by then; one that is odd stops nobody else's.</summary>
public sealed class PayoutNettingTests(Postgres postgres)
{
    [Theory]
    [InlineData(400, 600, "paid")]
    [InlineData(2_500, 0, "netted")]
    public async Task A_payout_that_waited_is_sent_less_what_its_payee_owes_by_then(long debt, long sent, string state)
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: false);
        await Fund(shop, 5_000);
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "blocked");
        await Owe(shop, creator, debt);

        await shop.OpenAccount(creator);

        await State(shop, id, state);
        var shown = await Find(shop, id);
        (shown.Amount.Minor, shown.Netted.Minor).ShouldBe((sent, 1_000 - sent));
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd)))
            .ShouldBe(debt - (1_000 - sent));
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(0);
        await ComparisonTests.Agrees(shop);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_debt_that_comes_after_a_request_may_have_left_changes_nothing_of_it()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", "timeout_before"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "2"));
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "unknown");

        await Owe(shop, creator, 400);
        await Nudge(shop, id, "paid");

        await PaidOnce(shop, creator, 1_000);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd))).ShouldBe(400);
    }

    [Fact]
    public async Task Two_transfers_of_one_payout_are_a_case_and_everybody_else_is_paid()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var (odd, other) = (await Creator(shop, onboard: true), await Creator(shop, onboard: true));
        await Fund(shop, 9_000);
        await shop.At("faults", ("kind", "timeout_after"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "2"));
        var id = await Queue(shop, odd, 1_000);
        await State(shop, id, "unknown");
        var twice = await shop.AtGateway(
            "transfers", ("amount", "1000"), ("currency", "usd"), ("destination", await AccountOf(shop, odd)), ("transfer_group", $"{id}"));
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(15));
        await State(shop, id, "set_aside");

        var others = await Queue(shop, other, 700);
        await State(shop, others, "paid");
        await ComparisonTests.Act(shop, PayoutCases.TwoTransfers, "accept");
        await State(shop, id, "paid");

        // What was paid twice is owed, and agrees with the gateway; taken back there, it is not owed any more.
        var debt = LedgerAccount.Of(AccountKind.CreatorDebt, odd.Organisation, Currency.Usd);
        await Matched(shop, debt, 1_000);
        await shop.AtGateway($"transfers/{twice["id"]}/reversals");
        await Matched(shop, debt, 0);
        (await SweepTests.Cases(shop, PayoutCases.PaidTwice)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, odd.Organisation, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_transfer_that_was_taken_back_in_the_dashboard_is_owed_again()
    {
        await using var shop = await Shop.Open(postgres, webhooks: false, SweepTests.Often());
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "paid");
        var transfer = (await Find(shop, id)).TransferId;

        await shop.AtGateway($"transfers/{transfer}/reversals", ("amount", "300"));
        var payable = LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd);
        await Matched(shop, payable, -300);
        (await Find(shop, id)).State.ShouldBe("paid");
        await shop.AtGateway($"transfers/{transfer}/reversals");

        await Matched(shop, payable, -1_000);
        var shown = await Find(shop, id);
        (shown.State, shown.Reversed.Minor).ShouldBe(("reversed", 1_000));
        await shop.BooksHold();
    }

    [Fact]
    public async Task A_payout_that_cannot_be_worked_on_stops_only_itself_and_is_told()
    {
        await using var shop = await Shop.Open(postgres);
        var (odd, other) = (await Creator(shop, onboard: true), await Creator(shop, onboard: true));
        await Fund(shop, 9_000);
        // A request of this payout's key was stored with another content: a broken invariant, which throws.
        var broken = await Queue(shop, odd, 1_000, (tx, payout) => tx.Execute(
            """
            insert into payments.gateway_request (key, path, body_sha256, state, first_sent_at)
            values (@Key, '/v1/transfers', 'x', 'sent', now())
            """,
            new { Key = $"payout/{payout}/1" }));

        var others = await Queue(shop, other, 700);

        await State(shop, others, "paid");
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromSeconds(40));
            return await SweepTests.Cases(shop, PayoutCases.Failing) == 1;
        });
        (await Find(shop, broken)).State.ShouldNotBe("paid");
    }

    private static Task Owe(Shop shop, Member creator, long cents) => shop.Database.InTransaction(
        tx => shop.Books.Post(tx, new JournalEntry("test", $"debt/{creator.Organisation}", DateTimeOffset.UnixEpoch,
        [
            LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd).Debit(cents),
            LedgerAccount.Of(AccountKind.DisputeReserve, Currency.Usd).Credit(cents),
        ])),
        Shop.Stop);

    private static async Task Matched(Shop shop, LedgerAccount account, long minor)
    {
        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromMinutes(5));
                await ComparisonTests.Compare(shop);
                return await shop.Balance(account) == minor;
            },
            $"{account} = {minor}");
        (await ComparisonTests.Compare(shop))["agree"]!.GetValue<bool>().ShouldBeTrue();
        await ComparisonTests.Agrees(shop);
    }

    private static async Task<string> AccountOf(Shop shop, Member creator) => (await shop.Database.QueryOne<string>(
        "select account_id from payments.payout_account where organisation_id = @Organisation", creator, Shop.Stop))!;
}
