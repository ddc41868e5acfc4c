using System.Net;
using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Royalties;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>An account can be closed: no money is left behind, whichever way it was going.</summary>
public sealed class CloseAccountTests(Postgres postgres)
{
    private static readonly Dictionary<string, string?> NoFee = new() { ["Royalties:PlatformFeeBasisPoints"] = "0" };

    [Theory]
    [InlineData(0, 37)]
    [InlineData(7, 30)]
    public async Task What_stood_below_the_minimum_is_paid_at_closing_and_what_is_released_later_by_the_next_run(long debt, long paid)
    {
        await using var shop = await Shop.Open(postgres, more: NoFee);
        var (buyer, ada, ben) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 1_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -1_000);
        foreach (var payee in (Member[])[ada, ben])
        {
            await shop.OpenAccount(payee);
            var bill = new Bill(shop, buyer.Organisation, payee.Organisation);
            await bill.Known(priceMinor: 74);
            await bill.Rule(new RoyaltyRule([new(10_000, payee.Organisation)], HoldbackBasisPoints: 5_000, HoldbackDays: 30));
            await bill.Use(1_000_000);
        }

        await Bill.Run(shop);
        (await Payouts(shop, ada)).ShouldBe([], "37 is less than the operator pays by itself");
        if (debt > 0)
        {
            var owed = LedgerAccount.Of(AccountKind.CreatorDebt, ada.Organisation, Currency.Usd);
            await shop.Database.InTransaction(
                tx => shop.Books.Post(tx, new(
                    "dispute.lost", "test/debt", shop.Server.Clock.GetUtcNow(),
                    [owed.Debit(debt), LedgerAccount.Of(AccountKind.DisputeReserve, Currency.Usd).Credit(debt)])),
                Shop.Stop);
        }

        var closed = await Close(shop.Server, ada).Json();

        closed["debts"]!.AsArray().Select(d => (long)d!["minor"]!).ShouldBe(debt > 0 ? [debt] : []);
        await Eventually.Holds(async () => (await Payouts(shop, ada)).SequenceEqual([$"{paid} paid"]), "what was payable is paid");
        shop.Server.Clock.Advance(TimeSpan.FromDays(31));
        await Bill.Run(shop);
        await Eventually.Holds(
            async () => (await Payouts(shop, ada)).SequenceEqual([$"{paid} paid", "37 paid"]), "what was held back is paid as well");
        (await Payouts(shop, ben)).ShouldBe([], "an account that is open keeps its minimum: 74 are less than 100");
        await shop.BooksHold();
    }

    [Fact]
    public async Task Whoever_has_money_in_the_wallet_or_earnings_that_can_be_sent_nowhere_is_told_what_to_do_first()
    {
        await using var shop = await Shop.Open(postgres, more: NoFee);
        var (buyer, ada) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        await shop.TopUp(buyer, 1_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -1_000);
        // The gateway keeps its fee of every payment: to give all of one back it needs money of another.
        var other = await Member.Buyer(shop.Server);
        await shop.TopUp(other, 5_000);
        await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, other.Organisation, Currency.Usd), -5_000);
        var bill = new Bill(shop, buyer.Organisation, ada.Organisation);
        await bill.Use(2_000_000);
        await Bill.Run(shop);

        var full = await Close(shop.Server, buyer).Json(409);
        var stuck = await Close(shop.Server, ada).Json(409);

        ((string)full["type"]!).ShouldEndWith("/account-not-settled");
        full["obstacles"]!.AsArray().Count.ShouldBe(1);
        ((string)full["detail"]!).ShouldContain("ask for the refund first (POST /v1/wallet/refunds");
        ((string)stuck["detail"]!).ShouldContain("open a payout account first (POST /v1/payout-account");
        await Me(buyer).Json();
        await Me(ada).Json();

        using (var begun = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/top-ups")
        {
            Content = JsonContent.Create(new { amount = new { minor = 1_000, currency = "USD" } }), Headers = { { "Idempotency-Key", "late" } },
        })
        {
            await buyer.Http.SendAsync(begun, Shop.Stop).Json();
        }

        using (var refund = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/refunds")
        {
            Content = JsonContent.Create(new { amount = new { minor = 990, currency = "USD" } }), Headers = { { "Idempotency-Key", "all" } },
        })
        {
            await buyer.Http.SendAsync(refund, Shop.Stop).Json();
        }

        await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        ((string)(await Close(shop.Server, buyer).Json(409))["detail"]!).ShouldContain("can still be paid");
        await shop.Database.InTransaction(
            tx => tx.Execute("update payments.checkout set state = 'expired' where state = 'open'"), Shop.Stop);
        await Close(shop.Server, buyer).Json();
        await shop.OpenAccount(ada);
        await Close(shop.Server, ada).Json();
        await shop.BooksHold();
    }

    [Fact]
    public async Task Nothing_new_is_sold_what_was_sold_stays_valid_and_others_notice_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var (buyer, ada, ben) = (await Member.Buyer(server), await Member.Creator(server), await Member.Creator(server));
        var free = new { amount = new { minor = 0, currency = "USD" } };
        var (work, _) = await ada.Published();
        var (offer, other) = (await ada.Offer(work, free), await ben.Offer((await ben.Published()).Work, free));
        var (_, token) = await buyer.Licence(offer);

        await Close(server, ada).Json();

        await Eventually.Holds(
            async () => (await buyer.Http.GetAsync($"/v1/works/{work}/offers", Shop.Stop).Json())["items"]!.AsArray().Count == 0,
            "its offers are withdrawn");
        (await buyer.Http.PostAsJsonAsync("/v1/licences", new { offer_id = offer.ToString() }, Shop.Stop)).StatusCode
            .ShouldBe(HttpStatusCode.Conflict);
        ((bool)(await buyer.Http.Introspect(token))["active"]!).ShouldBeTrue();
        await buyer.Licence(other);
        await Me(ben).Json();
        await Me(buyer).Json();
    }

    [Fact]
    public async Task Keys_and_sessions_end_at_once_repeating_is_harmless_and_signing_in_says_that_it_is_closed()
    {
        await using var server = await TestServer.Start(postgres);
        var ada = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, ada.Email);

        var answers = await Task.WhenAll(Close(server, ada), Close(server, ada), Close(server, ada));

        answers.Select(a => a.StatusCode).ShouldContain(HttpStatusCode.OK);
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK || a.StatusCode == HttpStatusCode.Unauthorized);
        (await server.Database.QueryOne<long>(
            "select count(*) from foundation.event where type = 'organisation.closed'", null, Shop.Stop)).ShouldBe(1);
        (await Me(ada).Problem(401)).ShouldBe("unauthenticated");
        (await visitor.Http.GetAsync("/account", Shop.Stop)).StatusCode.ShouldBe(HttpStatusCode.Found);
        using var operate = server.Client(TestServer.OperatorKey);
        (await operate.PostAsJsonAsync("/v1/password-resets", new { email = ada.Email }, Shop.Stop).Problem(409)).ShouldBe("account-closed");

        var wrong = await visitor.Submit("/sign-in", "/sign-in", ("email", ada.Email), ("password", "not the password"));
        var right = await visitor.Submit("/sign-in", "/sign-in", ("email", ada.Email), ("password", Member.Password));

        wrong.Headers.Location!.ToString().ShouldContain("error=wrong", Case.Sensitive, "only who knows the password is told");
        (await visitor.Page(right.Headers.Location!.ToString())).ShouldContain("This account is closed.");
        (await visitor.Http.GetAsync("/account", Shop.Stop)).StatusCode.ShouldBe(HttpStatusCode.Found);
    }

    [Fact]
    public async Task A_wrong_name_a_key_that_may_less_a_gate_and_the_operator_close_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var (ada, ben) = (await Member.Creator(server), await Member.Creator(server));
        var made = await ada.Http.PostAsJsonAsync(
            "/v1/api-keys", new { name = "less", scopes = new[] { "accounts:write", "payments:write" } }, Shop.Stop).Json(201);
        using var less = server.Client((string)made["api_key"]!);
        using var gate = server.Client(TestServer.GateSecret);
        using var operate = server.Client(TestServer.OperatorKey);
        var name = await NameOf(ada);

        (await Close(ada.Http, name.ToUpperInvariant()).Problem(400)).ShouldBe("invalid-request");
        (await Close(ben.Http, name).Problem(400)).ShouldBe("invalid-request", "nobody closes another's");
        (await Close(less, name).Problem(403)).ShouldBe("forbidden");
        (await Close(gate, name)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await Close(operate, "Operator").Problem(409)).ShouldBe("operator-stays");

        (await server.Database.QueryOne<long>("select count(*) from accounts.organisation where closed_at is not null", null, Shop.Stop)).ShouldBe(0);
        await Me(ada).Json();
        await operate.GetAsync("/v1/organisations/me", Shop.Stop).Json();
    }

    [Fact]
    public async Task On_the_page_the_name_is_typed_and_a_wrong_one_is_said_beside_it()
    {
        await using var server = await TestServer.Start(postgres);
        var ada = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, ada.Email);
        (await visitor.Page("/account")).ShouldContain("Close this account");

        var wrong = await visitor.Submit("/account", "/account/close", ("name", "Somebody else"));
        var text = WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Shop.Stop));
        var right = await visitor.Submit("/account", "/account/close", ("name", await NameOf(ada)));

        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        text.ShouldContain("This is not the organisation's name.");
        text.ShouldContain("value=\"Somebody else\"");
        (await visitor.Page(right.Headers.Location!.ToString())).ShouldContain("Your account is closed.");
    }

    private static async Task<HttpResponseMessage> Close(TestServer server, Member member) => await Close(
        member.Http,
        (await server.Database.QueryOne<string>(
            "select name from accounts.organisation where id = @Organisation", new { member.Organisation }, Shop.Stop))!);

    private static Task<HttpResponseMessage> Close(HttpClient http, string name) =>
        http.PostAsJsonAsync("/v1/organisation/close", new { name }, Shop.Stop);

    private static Task<HttpResponseMessage> Me(Member member) => member.Http.GetAsync("/v1/organisations/me", Shop.Stop);

    private static async Task<string> NameOf(Member member) => (string)(await Me(member).Json())["name"]!;

    private static async Task<IReadOnlyList<string>> Payouts(Shop shop, Member payee)
    {
        using var operate = shop.Server.Client(TestServer.OperatorKey);
        return [.. (await operate.GetAsync("/v1/payouts?limit=200&newest=false", Shop.Stop).Json())["items"]!.AsArray()
            .Where(p => (string)p!["organisation_id"]! == payee.Organisation.ToString())
            .Select(p => $"{p!["amount"]!["minor"]} {p["state"]}")];
    }
}
