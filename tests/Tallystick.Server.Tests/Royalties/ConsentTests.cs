using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Royalties;

/// <summary>A payee agrees before a stranger's rule names them, and nobody but the payee sets what they are paid at once.</summary>
public sealed class ConsentTests(Postgres postgres)
{
    [Fact]
    public async Task A_strangers_rule_with_a_huge_minimum_has_no_effect_on_whom_it_names()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, victim, stranger) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await stranger.Published();

        (await Put(stranger, work, victim, 1, minimum: 9_000_000_000_000_000_000).Problem(400)).ShouldBe("invalid-request");
        (await Put(stranger, work, victim, 1).Problem(409)).ShouldBe("payee-not-agreed");
        (await PaidOut(shop, buyer, victim)).ShouldBe(850, "refused, it is as if it had never been");

        await victim.Accept(stranger);
        await Put(stranger, work, victim, 1).Json();
        // As it was stored when a rule still carried a minimum, over the victim's own later one.
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into royalties.rule values (@work, 99, '2020-01-01', @Body, @Organisation, now());
                insert into royalties.rule values (@work, 100, '2020-01-01', @Body, @Organisation, now());
                """,
                new
                {
                    work, stranger.Organisation,
                    Body = SqlTypes.Json(new RoyaltyRule(
                        [new(9_999, stranger.Organisation), new(1, victim.Organisation)],
                        MinimumPayout: new Money(9_000_000_000_000_000_000, Currency.Usd))),
                }),
            Shop.Stop);
        var purchase = await Sell(shop, buyer, stranger, work);
        (await PaidOut(shop, buyer, victim)).ShouldBe(850, "agreed, it still steers nothing of the victim's");
        purchase.ShouldNotBe(default);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Who_has_left_is_given_no_share_although_they_once_agreed()
    {
        await using var shop = await Shop.Open(postgres);
        var (ada, ben) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published();
        await Put(ada, work, ben, 3_000).Json(409);
        await ben.Accept(ada);
        await Put(ada, work, ben, 3_000).Json();
        await ben.Http.PostAsJsonAsync(
            "/v1/organisation/close",
            new { name = (string)(await ben.Http.GetAsync("/v1/organisations/me", Shop.Stop).Json())["name"]! },
            Shop.Stop).Json();

        (await Put(ada, work, ben, 4_000).Json(400)).ToJsonString().ShouldContain("has closed its account");
    }

    [Fact]
    public async Task An_invitation_is_made_once_answered_by_its_payee_only_and_not_repeated_after_a_no()
    {
        await using var shop = await Shop.Open(postgres);
        var (ada, ben, other) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published("Shared");

        var refused = await Put(ada, work, ben, 3_000).Json(409);
        await Put(ada, work, ben, 4_000).Problem(409);
        (await ada.Http.GetAsync($"/v1/works/{work}/royalty-rule", Shop.Stop).Json())["items"]!.AsArray().ShouldBeEmpty();
        var invitation = (await List(ben)).Single()!;
        var id = (string)invitation["invitation_id"]!;
        ((string)refused["payees"]![0]!["invitation_id"]!, (string)invitation["state"]!, (string)invitation["title"]!).ShouldBe((id, "open", "Shared"));
        (string.IsNullOrEmpty((string)invitation["creator_name"]!), (await List(other)).Count).ShouldBe((false, 0));

        foreach (var nosy in (Member[])[ada, other])
        {
            (await Answer(nosy, id, "accept").Problem(404)).ShouldBe("not-found");
        }

        await Answer(ben, id, "end").Problem(409);
        await Answer(ben, id, "decline").Json();
        ((string)(await Put(ada, work, ben, 3_000).Json(409))["payees"]![0]!["state"]!).ShouldBe("declined");
        ((string)(await List(ada, "creator")).Single()!["state"]!).ShouldBe("declined", "the creator sees the answer, and asking again at once changes nothing");
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        ((string)(await Put(ada, work, ben, 3_000).Json(409))["payees"]![0]!["state"]!).ShouldBe("open");

        await Answer(ben, id, "accept").Json();
        await Put(ada, work, ben, 3_000).Json();
        await Answer(ben, id, "end").Json();
        await Put(ada, work, ben, 3_000).Problem(409);
        (await ada.Http.GetAsync($"/v1/works/{work}/royalty-rule", Shop.Stop).Json())["items"]!.AsArray().Count.ShouldBe(1, "what stands goes on");
    }

    [Fact]
    public async Task Oneself_is_not_asked_and_invitations_that_wait_are_bounded()
    {
        await using var shop = await Shop.Open(postgres);
        var (ada, ben, cleo) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published();
        await ada.Http.PutAsJsonAsync($"/v1/works/{work}/royalty-rule", new { payees = new[] { Part(ada, 10_000) } }, Shop.Stop).Json();
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at)
                select gen_random_uuid(), @Organisation, gen_random_uuid(), 'open', @work, '', @Now from generate_series(1, 99)
                """,
                new { ada.Organisation, work, Now = shop.Server.Clock.GetUtcNow() }),
            Shop.Stop);

        (await Put(ada, work, ben, 3_000).Problem(409)).ShouldBe("payee-not-agreed");
        (await Put(ada, work, cleo, 3_000).Problem(409)).ShouldBe("conflict");
        (await List(cleo)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_was_named_before_there_were_invitations_counts_as_agreed()
    {
        await using var shop = await Shop.Open(postgres);
        var (ada, ben, cleo) = (await Member.Creator(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await ada.Published();
        var rule = new RoyaltyRule(
            [new(5_000, ada.Organisation), new(2_000, ben.Organisation), new(3_000, Group: "others")],
            new Dictionary<string, IReadOnlyList<SplitPart>> { ["others"] = [new(10_000, cleo.Organisation)] });
        var sql = await File.ReadAllTextAsync(Path.Combine(Repository(), "src/Tallystick.Server/Royalties/Migrations/030-consent.sql"), Shop.Stop);
        var start = sql.IndexOf("insert into royalties.consent", StringComparison.Ordinal);
        await shop.Database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    "insert into royalties.rule values (@work, 1, '2020-01-01', @Body, @Organisation, '2020-01-01')",
                    new { work, ada.Organisation, Body = SqlTypes.Json(rule) });
                return await tx.Execute(sql[start..sql.IndexOf(';', start)]);
            },
            Shop.Stop);

        (await List(ada, "creator")).Select(i => ((string)i!["payee"]!, (string)i["state"]!)).ShouldBe(
            [(ben.Organisation.ToString(), "accepted"), (cleo.Organisation.ToString(), "accepted")], ignoreOrder: true);
        await Put(ada, work, cleo, 100).Json();
    }

    [Fact]
    public async Task A_minimum_is_the_payees_own_bounded_and_gone_when_it_is_removed()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        (await Minimum(ada, 9_000_000_000_000_000_000).Problem(400)).ShouldBe("invalid-request");
        (await Minimum(ada, 0).Problem(400)).ShouldBe("invalid-request");
        await Minimum(ada, 1_000).Json();

        (await PaidOut(shop, buyer, ada)).ShouldBe(0, "850 are less than the minimum");
        await ada.Http.PutAsJsonAsync("/v1/payout-minimums", new { minimums = Array.Empty<object>() }, Shop.Stop).Json();
        (await ada.Http.GetAsync("/v1/payout-minimums", Shop.Stop).Json())["minimums"]!.AsArray().ShouldBeEmpty();

        (await PaidOut(shop, buyer, ada)).ShouldBe(1_700);
    }

    [Fact]
    public async Task What_is_below_a_minimum_is_paid_when_its_payee_asks()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await Minimum(ada, 100_000).Json();
        await PaidOut(shop, buyer, ada);

        (await Ask(ada, "one").Problem(409)).ShouldBe("payout-account-not-ready");
        await Onboard(shop, ada);
        (await ada.Http.PostAsJsonAsync("/v1/payouts", new { currency = "USD" }, Shop.Stop).Problem(400)).ShouldBe("invalid-request");
        (await Ask(ada, "eur", "EUR").Problem(409)).ShouldBe("nothing-payable");
        var payout = await Ask(ada, "one").Json();
        ((long)payout["amount"]!["minor"]!).ShouldBe(850);
        ((string)(await Ask(ada, "one").Json())["payout_id"]!).ShouldBe((string)payout["payout_id"]!, "the same key is the same payout");
        (await Ask(ada, "one", "EUR").Problem(409)).ShouldBe("conflict");
        (await Ask(ada, "two").Problem(429)).ShouldBe("too-many-requests");
        shop.Server.Clock.Advance(TimeSpan.FromDays(2));
        (await Ask(ada, "two").Problem(409)).ShouldBe("nothing-payable");

        await shop.Holds(LedgerAccount.Of(AccountKind.PayoutInTransit, ada.Organisation, Currency.Usd), 0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorPayable, ada.Organisation, Currency.Usd))).ShouldBe(0);
        var trace = await ada.Http.GetAsync($"/v1/payouts/{payout["payout_id"]}/trace", Shop.Stop).Json();
        trace["lines"]!.AsArray().Count.ShouldBe(1, "it leads to what earned it");
        await shop.BooksHold();
    }

    [Fact]
    public async Task On_the_page_a_payee_accepts_and_ends()
    {
        await using var fair = await Fair.Empty(postgres);
        var (ada, ben) = (fair.Creator, await Member.Creator(fair.Server));
        using var visitor = await Visitor.SignedIn(fair.Server, ben.Email);
        var (work, _) = await ada.Published("Shared work");
        (await visitor.Page("/creator")).ShouldContain("Nobody has invited you.");
        await Put(ada, work, ben, 3_000).Problem(409);

        var page = await visitor.Page("/creator");
        page.ShouldContain("Shared work");
        var id = (string)(await List(ben)).Single()!["invitation_id"]!;
        (await visitor.Submit("/creator", $"/creator/invitations/{id}/accept")).Headers.Location!.ToString().ShouldBe("/creator#invitations");
        await Put(ada, work, ben, 3_000).Json();
        (await visitor.Submit("/creator", $"/creator/invitations/{id}/end")).Headers.Location!.ToString().ShouldBe("/creator#invitations");
        await Put(ada, work, ben, 3_000).Problem(409);
    }

    /// <summary>A sale of the payee's own work for 10.00, a run, and what of all is queued or paid to the payee.</summary>
    private static async Task<long> PaidOut(Shop shop, Member buyer, Member payee)
    {
        await Sell(shop, buyer, payee, null);
        var runs = shop.Server.Services.GetRequiredService<BillingRuns>();
        var before = await Sum(payee);
        var opened = (await runs.Open(shop.Server.Clock.GetUtcNow(), Shop.Stop)).Value;
        await Eventually.Holds(async () => (await runs.Find(opened.BillingRunId, Shop.Stop))!.State == "closed", "the run is closed");
        return await Sum(payee) - before;
    }

    private static async Task<PurchaseId> Sell(Shop shop, Member buyer, Member creator, WorkId? work)
    {
        var purchase = await shop.Purchase(buyer, creator, 1_000, refundDays: 0);
        await shop.Pay(purchase, "4000000000000077");
        await shop.Status(purchase, buyer, "paid");
        if (work is { } shared)
        {
            await shop.Database.InTransaction(
                tx => tx.Execute("update payments.checkout set work_id = @shared where id = @purchase", new { shared, purchase }), Shop.Stop);
        }

        shop.Server.Clock.Advance(TimeSpan.FromSeconds(5));
        return purchase;
    }

    private static async Task<long> Sum(Member payee) =>
        (await payee.Http.GetAsync("/v1/payouts", Shop.Stop).Json())["items"]!.AsArray().Sum(p => (long)p!["amount"]!["minor"]!);

    private static async Task Onboard(Shop shop, Member creator)
    {
        await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country = "US" }, Shop.Stop).Json();
        var account = await shop.Database.QueryOne<string>(
            "select account_id from payments.payout_account where organisation_id = @Organisation", new { creator.Organisation }, Shop.Stop);
        await shop.At($"accounts/{account}/onboard");
        await Eventually.Holds(
            async () => (string)(await creator.Http.GetAsync("/v1/payout-account", Shop.Stop).Json())["transfers"]! == "active", "the account is cleared");
    }

    private static Task<HttpResponseMessage> Put(Member creator, WorkId work, Member payee, int share, long? minimum = null)
    {
        var rule = new JsonObject
        {
            ["payees"] = new JsonArray(
                new JsonObject { ["share_basis_points"] = 10_000 - share, ["organisation_id"] = creator.Organisation.ToString() },
                new JsonObject { ["share_basis_points"] = share, ["organisation_id"] = payee.Organisation.ToString() }),
        };
        if (minimum is { } least)
        {
            rule["minimum_payout"] = new JsonObject { ["minor"] = least, ["currency"] = "USD" };
        }

        return creator.Http.PutAsJsonAsync($"/v1/works/{work}/royalty-rule", rule, Shop.Stop);
    }

    private static object Part(Member member, int share) => new { share_basis_points = share, organisation_id = member.Organisation.ToString() };

    private static async Task<JsonArray> List(Member member, string role = "payee") =>
        (await member.Http.GetAsync($"/v1/royalty-invitations?as={role}", Shop.Stop).Json())["items"]!.AsArray();

    private static Task<HttpResponseMessage> Answer(Member member, string id, string answer) =>
        member.Http.PostAsync($"/v1/royalty-invitations/{id}/{answer}", null, Shop.Stop);

    private static Task<HttpResponseMessage> Minimum(Member member, long minor) => member.Http.PutAsJsonAsync(
        "/v1/payout-minimums", new { minimums = new[] { new { minor, currency = "USD" } } }, Shop.Stop);

    private static async Task<HttpResponseMessage> Ask(Member member, string key, string currency = "USD")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payouts")
        {
            Content = JsonContent.Create(new { currency }), Headers = { { "Idempotency-Key", key } },
        };
        return await member.Http.SendAsync(request, Shop.Stop);
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tallystick.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/'))!;
        }

        return folder;
    }
}
