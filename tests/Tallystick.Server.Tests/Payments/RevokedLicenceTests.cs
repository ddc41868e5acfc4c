using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A creator who takes a sold licence back gives back what was not used of it.</summary>
public sealed class RevokedLicenceTests(Postgres postgres)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_creator_who_revokes_a_sale_without_refund_gives_all_of_it_back_before_and_after_it_was_shared(bool shared)
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        var purchase = await Buy(shop, buyer, creator);
        if (shared)
        {
            await used.Run();
            (await used.Earned()).ShouldBe(900);
        }

        var licence = await Licence(shop);
        (await creator.Http.GetAsync($"/v1/licences/{licence}", Shop.Stop).Json())["refund"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        (await buyer.Http.GetAsync($"/v1/licences/{licence}", Shop.Stop).Json())["refund"].ShouldBeNull();
        var answer = await creator.Revoke(licence).Json();

        answer["refund"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromMinutes(3));
            return (string)(await buyer.Http.GetAsync($"/v1/purchases/{purchase}", Shop.Stop).Json())["status"]! == "refunded";
        });
        (await used.Earned()).ShouldBe(0);
        (await shop.Balance(AccountKind.PlatformFee)).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Balance(AccountKind.Suspense)).ShouldBe(0);
        await creator.Revoke(licence).Json();
        (await shop.Database.QueryOne<int>("select count(*)::int from payments.refund", null, Shop.Stop)).ShouldBe(1);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    [Fact]
    public async Task A_buyer_who_ends_their_own_licence_and_one_who_broke_the_terms_get_nothing_back()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        using var op = shop.Server.Client(TestServer.OperatorKey);
        var purchase = await Buy(shop, buyer, creator);
        await buyer.Revoke(await Licence(shop)).Json();
        await Buy(shop, buyer, creator);
        var broken = await shop.Database.QueryOne<LicenceId>("select id from licensing.licence where status = 0", null, Shop.Stop);
        await op.PostAsJsonAsync($"/v1/licences/{broken}/revoke", new { reason = "Resold." }, Shop.Stop).Json();

        (await shop.Balance(LedgerAccount.Deferred(purchase, Currency.Usd))).ShouldBe(-1_000);
        (await shop.Database.QueryOne<int>(
            "select count(*)::int from payments.checkout where refund_requested_at is not null", null, Shop.Stop)).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_used_is_kept_and_what_the_card_does_not_take_is_the_buyers_wallet()
    {
        await using var shop = await Shop.Open(postgres, more: Metered.FeeOfTenPercent);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(await Member.Buyer(shop.Server), 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        var purchase = await Buy(shop, buyer, creator);
        var licence = await Licence(shop);
        // Gates have reported a use; a fifth of the year is over.
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into metering.rollup (work_id, meter, hour, licence_id, emitter, epoch, quantity, events)
                select work_id, 2, '2026-01-01', id, id, 1, 1, 1 from licensing.licence where id = @licence
                """,
                new { licence }),
            Shop.Stop);
        shop.Server.Clock.Advance(TimeSpan.FromDays(73));

        (await creator.Revoke(licence).Json())["refund"]!["minor"]!.GetValue<long>().ShouldBe(800);
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromMinutes(3));
            return await shop.Database.QueryOne<long>(
                "select refunded from payments.checkout where id = @Value", new { purchase.Value }, Shop.Stop) == 800;
        });
        await shop.At($"refunds/{await shop.NewestRefund()}/fail", ("reason", "lost_or_stolen_card"));

        await shop.Holds(used.Wallet, -800);
        await used.Run();
        (await used.Earned()).ShouldBe(180, "of 200 that stayed");
        await shop.BooksHold();
    }

    /// <summary>
    /// Bought once, without a refund window unless one is named; shared with another payee when one is named, or by a rule.
    /// </summary>
    internal static async Task<PurchaseId> Buy(
        Shop shop, Member buyer, Member creator, long cents = 1_000, Member? payee = null, int basisPoints = 10_000, int refundDays = 0,
        object? rule = null)
    {
        var (work, _) = await creator.Published("Once");
        if (payee is not null)
        {
            var parts = new[] { (payee, basisPoints), (creator, 10_000 - basisPoints) }.Where(p => p.Item2 > 0)
                .Select(p => new { organisation_id = p.Item1.Organisation.ToString(), share_basis_points = p.Item2 });
            await creator.Rule(work, new { payees = parts }, payee);
        }
        else if (rule is not null)
        {
            await creator.Rule(work, rule);
        }

        var offer = await creator.Offer(
            work, new { amount = new { minor = cents, currency = "USD" } },
            new { rights_scope = new[] { "ai-train" }, valid_days = 365, refund_days = refundDays });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
        {
            Content = JsonContent.Create(new { offer_id = offer.ToString() }), Headers = { { "Idempotency-Key", $"{offer}" } },
        };
        var id = PurchaseId.Parse((string)(await buyer.Http.SendAsync(request, Shop.Stop).Json())["purchase_id"]!);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await Wait.ForEvents(shop.Server);
        return id;
    }

    internal static Task<LicenceId> Licence(Shop shop) => shop.Database.QueryOne<LicenceId>(
        "select id from licensing.licence where purchase_id is not null", null, Shop.Stop);

    /// <summary>Sweeps come by until it holds.</summary>
    internal static async Task Later(Shop shop, Func<Task<bool>> holds, string what) => await Eventually.Holds(
        async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromMinutes(3));
            return await holds();
        },
        what);
}
