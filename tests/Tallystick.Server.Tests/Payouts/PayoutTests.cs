using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts.Contracts;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payouts;

public sealed class PayoutTests(Postgres postgres)
{
    [Fact]
    public async Task A_transfer_that_timed_out_after_it_was_made_is_asked_for_and_paid_once()
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:GatewayTimeoutSeconds"] = "1" });
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", "timeout_after"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "2"));

        var id = await Queue(shop, creator, 1_000);

        await State(shop, id, "unknown");
        await Nudge(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_failure_that_the_gateway_keeps_repeating_is_never_taken_for_an_answer()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        // The gateway stores its own failure under the key and replays it: only a new key, a day later, gets through.
        await shop.At("faults", ("kind", "error_stored"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "1"));

        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "unknown");
        shop.Server.Clock.Advance(TimeSpan.FromHours(26));

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_is_blocked_until_its_account_is_cleared()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: false);
        await Fund(shop, 5_000);
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "blocked");

        var link = await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
        await shop.At($"onboarding/{link["onboarding_url"]!.ToString().Split('/')[^1]}");

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_waits_until_the_gateways_balance_covers_it()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        var id = await Queue(shop, creator, 1_000);
        await Eventually.Holds(async () => (await Find(shop, id)).Reason == "waits for available balance");

        await Fund(shop, 5_000);
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(1));

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_that_the_gateway_refused_is_queued_again_by_the_operator_and_paid_once()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var account = await shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);
        await Account(shop, "acct_nobody");
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "failed");
        await Account(shop, account!);
        using var operate = shop.Server.Client(TestServer.OperatorKey);

        (await creator.Http.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Problem(403)).ShouldBe("forbidden");
        (await operate.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Json())["state"]!.ToString().ShouldBe("queued");

        await State(shop, id, "paid");
        await PaidOnce(shop, creator, 1_000);
        var shown = await creator.Http.GetAsync($"/v1/payouts/{id}", Shop.Stop).Json();
        shown["amount"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        (await operate.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Problem(409)).ShouldBe("conflict");
    }

    private static Task Account(Shop shop, string id) => shop.Database.InTransaction(
        tx => tx.Execute("update payments.payout_account set account_id = @id", new { id }), Shop.Stop);

    private static async Task<Member> Creator(Shop shop, bool onboard)
    {
        var creator = await Member.Creator(shop.Server);
        if (onboard)
        {
            var link = await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
            await shop.At($"onboarding/{link["onboarding_url"]!.ToString().Split('/')[^1]}");
            await Eventually.Holds(async () => (await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json())
                ["transfers"]!.ToString() == "active");
        }

        return creator;
    }

    private static async Task Fund(Shop shop, long cents)
    {
        var buyer = await Member.Buyer(shop.Server);
        await shop.TopUp(buyer, cents);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -cents);
    }

    private static Task<PayoutId> Queue(Shop shop, Member creator, long cents) => shop.Database.InTransaction(
        async tx =>
        {
            // Owed from nowhere in particular: how it was earned is told elsewhere.
            await shop.Server.Services.GetRequiredService<Books>().Post(tx, new JournalEntry(
                "test", $"owed/{creator.Organisation}", DateTimeOffset.UnixEpoch,
                [
                    LedgerAccount.Of(AccountKind.PlatformFee, Currency.Usd).Debit(cents),
                    LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, Currency.Usd).Credit(cents),
                ]));
            return (await shop.Server.Services.GetRequiredService<PayoutQueue>().AddAll(
                tx,
                shop.Server.Services.GetRequiredService<IdSource>().New<BillingRunId>(),
                [(creator.Organisation, new Money(cents, Currency.Usd))])).Single();
        },
        Shop.Stop);

    private static async Task<PayoutView> Find(Shop shop, PayoutId id) =>
        (await shop.Server.Services.GetRequiredService<PayoutQueue>().Find(id, Shop.Stop))!;

    private static Task State(Shop shop, PayoutId id, string state) =>
        Eventually.Holds(async () => (await Find(shop, id)).State == state, $"{id} is {state}");

    private static Task Nudge(Shop shop, PayoutId id, string state)
    {
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(15));
        return State(shop, id, state);
    }

    private static async Task PaidOnce(Shop shop, Member creator, long cents)
    {
        var totals = await shop.Totals();
        totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!["transfers_out"]!.GetValue<long>().ShouldBe(cents);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }
}
