using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts.Contracts;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>What tests of payouts do and see.</summary>
internal static class PayoutSteps
{
    internal static async Task<Member> Creator(Shop shop, bool onboard)
    {
        var creator = await Member.Creator(shop.Server);
        if (onboard)
        {
            await shop.OpenAccount(creator);
        }

        return creator;
    }

    internal static async Task Fund(Shop shop, long cents)
    {
        var buyer = await Member.Buyer(shop.Server);
        await shop.TopUp(buyer, cents);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -cents);
    }

    internal static Task<PayoutId> Queue(
        Shop shop, Member creator, long cents, Func<Tx, PayoutId, Task>? also = null, Currency? currency = null) => shop.Database.InTransaction(
        async tx =>
        {
            // Owed from nowhere in particular: how it was earned is told elsewhere.
            await shop.Server.Services.GetRequiredService<Books>().Post(tx, new JournalEntry(
                "test", $"owed/{creator.Organisation}", DateTimeOffset.UnixEpoch,
                [
                    LedgerAccount.Of(AccountKind.PlatformFee, currency ?? Currency.Usd).Debit(cents),
                    LedgerAccount.Of(AccountKind.CreatorPayable, creator.Organisation, currency ?? Currency.Usd).Credit(cents),
                ]));
            var id = (await shop.Server.Services.GetRequiredService<PayoutQueue>().AddAll(
                tx,
                shop.Server.Services.GetRequiredService<IdSource>().New<BillingRunId>(),
                [(creator.Organisation, new Money(cents, currency ?? Currency.Usd))])).Single();
            await (also?.Invoke(tx, id) ?? Task.CompletedTask);
            return id;
        },
        Shop.Stop);

    internal static async Task<PayoutView> Find(Shop shop, PayoutId id) =>
        (await shop.Server.Services.GetRequiredService<PayoutQueue>().Find(id, Shop.Stop))!;

    internal static Task State(Shop shop, PayoutId id, string state) =>
        Eventually.Holds(async () => (await Find(shop, id)).State == state, $"{id} is {state}");

    internal static Task Nudge(Shop shop, PayoutId id, string state)
    {
        shop.Server.Clock.Advance(TimeSpan.FromMinutes(15));
        return State(shop, id, state);
    }

    internal static async Task PaidOnce(Shop shop, Member creator, long cents)
    {
        var totals = await shop.Totals();
        totals["accounts"]![totals["platform"]!.ToString()]!["usd"]!["transfers_out"]!.GetValue<long>().ShouldBe(cents);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(0);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }
}
