using System.Net;
using System.Text.RegularExpressions;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Pages;

public sealed class PagesTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_page_of_a_market_that_has_seen_use_can_be_walked_from_cent_to_request()
    {
        await using var fair = await Fair.Open(postgres);
        using var creator = await Visitor.SignedIn(fair.Server, fair.Creator.Email);
        using var buyer = await Visitor.SignedIn(fair.Server, fair.Buyer.Email);
        using var operators = await Visitor.SignedIn(fair.Server, Fair.OperatorEmail);

        (await creator.Page("/")).ShouldContain($"/works/{fair.Work}");
        var work = await buyer.Page($"/works/{fair.Work}");
        work.ShouldContain("You may train AI models on it");
        work.ShouldContain("Buy for 12.50 USD");
        work.ShouldContain("The first 50 of 55 files");
        (await buyer.Page(Regex.Match(work, "href=\"(/works/[^\"]+files=[^\"#]+)").Groups[1].Value)).ShouldContain("shard-0055.csv");

        (await creator.Page("/creator")).ShouldContain($"/payouts/{fair.Payout}");
        var payout = await creator.Page($"/payouts/{fair.Payout}");
        var line = Regex.Match(payout, "\\?line=(\\d+)").Value;
        (await creator.Page($"/payouts/{fair.Payout}{line}")).ShouldContain($"/requests/{fair.Request}");
        var trace = await creator.Page($"/requests/{fair.Request}");
        trace.ShouldContain($"/payouts/{fair.Payout}");
        trace.ShouldContain("Entry ");
        (await creator.Page($"/statements/{fair.CreatorStatement}")).ShouldMatch("entry \\d+<br>");

        (await buyer.Page("/buyer")).ShouldContain($"/licences/{fair.Licence}");
        (await buyer.Page($"/licences/{fair.Licence}")).ShouldContain("id=\"token\"");
        var statement = await buyer.Page($"/statements/{fair.BuyerStatement}");
        statement.ShouldContain($"/licences/{fair.Licence}");
        statement.ShouldMatch("For <strong>buyer \\d+</strong>. Issued by tally\\.localhost, <time");
        (await buyer.Page($"/requests/{fair.Request}")).ShouldNotContain($"/payouts/{fair.Payout}");

        (await operators.Page("/operator")).ShouldContain("Webhooks received");
        (await operators.Page("/operator/books")).ShouldContain("The books hold");
    }

    [Fact]
    public async Task What_belongs_to_others_is_not_found_and_what_is_the_operators_is_refused()
    {
        await using var fair = await Fair.Open(postgres);
        var other = await Member.SignUp(fair.Server, "creator", "buyer");
        using var stranger = await Visitor.SignedIn(fair.Server, other.Email);

        foreach (var path in new[]
        {
            $"/payouts/{fair.Payout}", $"/statements/{fair.CreatorStatement}", $"/licences/{fair.Licence}", $"/requests/{fair.Request}",
            "/works/wrk_0", "/no-such-page", "/requests/x", "/checkout/done?key=nobody", "/checkout/done?key=%00",
        })
        {
            (await stranger.Page(path, HttpStatusCode.NotFound)).ShouldContain("<h1>There is no such page</h1>");
        }

        (await stranger.Page("/operator", HttpStatusCode.Forbidden)).ShouldContain("<h1>");
        (await stranger.Page("/operator/books", HttpStatusCode.Forbidden)).ShouldContain("<h1>");
    }

    [Fact]
    public async Task Programs_get_problem_documents_where_people_get_pages()
    {
        await using var server = await TestServer.Start(postgres);
        using var program = server.Client(TestServer.OperatorKey);
        using var person = new Visitor(server);

        (await program.GetAsync("/no-such-page", Stop).Problem(404)).ShouldBe("not-found");
        (await person.Page("/no-such-page", HttpStatusCode.NotFound)).ShouldContain("<!DOCTYPE html>");
        (await program.GetAsync("/payouts/none", Stop).Problem(400)).ShouldBe("invalid-request");
        using var closed = await person.Http.GetAsync("/creator", Stop);
        closed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        closed.Headers.Location!.ToString().ShouldEndWith("/sign-in?return_url=%2Fcreator");
    }

    [Fact]
    public async Task Pages_of_a_new_installation_say_what_to_do_next()
    {
        await using var fair = await Fair.Empty(postgres);
        using var creator = await Visitor.SignedIn(fair.Server, fair.Creator.Email);
        using var buyer = await Visitor.SignedIn(fair.Server, fair.Buyer.Email);
        using var operators = await Visitor.SignedIn(fair.Server, Fair.OperatorEmail);

        (await creator.Page("/")).ShouldContain("Nothing is published here yet.");
        (await creator.Page("/?q=nothing+like+it")).ShouldContain("see all works");
        (await creator.Page("/creator")).ShouldContain("tally publish FOLDER");
        (await buyer.Page("/buyer")).ShouldContain("You hold no licence yet.");
        (await operators.Page("/operator")).ShouldContain("No billing run yet.");
        (await buyer.Page("/docs")).ShouldContain("/v1/works");
        (await buyer.Page("/log")).ShouldContain("tally verify");
        (await buyer.Page("/checkout/cancelled")).ShouldContain("Nothing was paid");
    }

    [Fact]
    public async Task A_key_is_made_shown_once_and_revoked_by_forms()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, member.Email);

        var made = await visitor.Submit("/account", "/account/api-keys", ("name", "laptop"), ("scopes", "catalog:read"));
        var secret = Regex.Match(await made.Content.ReadAsStringAsync(Stop), "tsk_[A-Za-z0-9_-]+").Value;
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        using var key = server.Client(secret);
        (await key.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var account = await visitor.Page("/account");
        account.ShouldNotContain(secret);

        var revoke = Regex.Matches(account, "/account/api-keys/key_[0-9a-z]+/revoke").First().Value;
        (await visitor.Submit("/account", revoke)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await key.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_was_set_aside_stands_on_one_page_by_kind_and_is_decided_there_once()
    {
        await using var fair = await Fair.Empty(postgres);
        using var operators = await Visitor.SignedIn(fair.Server, Fair.OperatorEmail);
        using var stranger = await Visitor.SignedIn(fair.Server, fair.Buyer.Email);
        (await operators.Page("/operator")).ShouldContain("Nothing is set aside");
        (await operators.Page("/operator/set-aside")).ShouldContain("Nothing is set aside.");

        await fair.SetAside();
        (await operators.Page("/operator")).ShouldContain("3 set aside");
        var page = await operators.Page("/operator/set-aside");
        page.ShouldContain("A handler failed on an event too often.");
        page.ShouldContain("A blob that nothing names cannot be removed.");
        page.IndexOf("4712 access", StringComparison.Ordinal).ShouldBeLessThan(page.IndexOf("4711 licensing", StringComparison.Ordinal));
        (await stranger.Page("/operator/set-aside", HttpStatusCode.Forbidden)).ShouldContain("<h1>");

        var drop = Regex.Matches(page, "/operator/set-aside/[0-9]+/drop").Last().Value;
        var done = await operators.Submit("/operator/set-aside", drop);
        done.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await operators.Page(done.Headers.Location!.ToString())).ShouldContain("the row is resolved");
        var twice = await operators.Submit("/operator/set-aside", drop);
        twice.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await twice.Content.ReadAsStringAsync(Stop)).ShouldContain("This was resolved already.");
        (await operators.Page("/operator")).ShouldContain("2 set aside");
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        await using var fair = await Fair.Empty(postgres);
        using var operators = await Visitor.SignedIn(fair.Server, Fair.OperatorEmail);

        foreach (var path in new[] { "/operator/billing-runs", "/operator/webhooks/1/replay", "/operator/set-aside/1/drop", "/account/api-keys", "/buyer/top-up", "/creator/payout-account" })
        {
            using var form = new FormUrlEncodedContent([]);
            using var answer = await operators.Http.PostAsync(path, form, Stop);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        }
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("12.345")]
    [InlineData("-5")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("")]
    public async Task An_amount_that_is_none_comes_back_with_a_sentence_beside_what_was_typed(string amount)
    {
        await using var fair = await Fair.Empty(postgres);
        using var buyer = await Visitor.SignedIn(fair.Server, fair.Buyer.Email);

        var answer = await buyer.Submit("/buyer", "/buyer/top-up", ("amount", amount), ("key", "one"));

        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Stop));
        page.ShouldMatch("id=\"amount-error\" role=\"alert\">Give the amount in dollars and cents");
        page.ShouldContain($"value=\"{amount}\" aria-invalid=\"true\" aria-describedby=\"amount-error\"");
        var tooLittle = await buyer.Submit("/buyer", "/buyer/top-up", ("amount", "0.01"), ("key", "two"));
        (await tooLittle.Content.ReadAsStringAsync(Stop)).ShouldMatch("id=\"amount-error\" role=\"alert\">From \\d+\\.\\d\\d USD to ");
        (await buyer.Http.GetAsync("/buyer/top-up", Stop)).Headers.Location!.ToString().ShouldBe("/buyer");
    }

    [Fact]
    public async Task Whoever_mistypes_a_password_or_takes_a_taken_address_does_not_type_the_rest_again()
    {
        await using var fair = await Fair.Empty(postgres);
        using var visitor = new Visitor(fair.Server);

        var wrong = await visitor.Submit("/sign-in", "/sign-in", ("email", "me@example.org"), ("password", "not the password"));
        var signIn = await visitor.Page(wrong.Headers.Location!.ToString());
        signIn.ShouldContain("value=\"me@example.org\"");
        wrong.Headers.Location!.ToString().ShouldNotContain("me@");
        (await visitor.Page("/sign-in")).ShouldNotContain("me@example.org");

        var taken = await visitor.Submit(
            "/sign-up", "/sign-up", ("name", "Somebody & Co"), ("email", fair.Buyer.Email), ("password", Member.Password), ("roles", "creator"));
        var signUp = await visitor.Page(taken.Headers.Location!.ToString());
        signUp.ShouldContain("value=\"Somebody & Co\"");
        signUp.ShouldMatch($"value=\"{Regex.Escape(fair.Buyer.Email)}\" aria-invalid=\"true\"");
        signUp.ShouldMatch("value=\"creator\" checked");
        signUp.ShouldNotMatch("value=\"buyer\" checked");
        signUp.ShouldNotContain(Member.Password);
    }

    [Fact]
    public async Task An_address_cannot_make_a_page_say_what_it_likes()
    {
        await using var fair = await Fair.Empty(postgres);
        using var operators = await Visitor.SignedIn(fair.Server, Fair.OperatorEmail);

        foreach (var path in new[] { "/operator", "/buyer", "/creator", "/account", "/" })
        {
            (await operators.Page($"{path}?error=call+0800&done=call+0800", HttpStatusCode.OK, HttpStatusCode.Forbidden)).ShouldNotContain("0800");
        }

        var billed = await operators.Submit("/operator", "/operator/billing-runs");
        (await operators.Page(billed.Headers.Location!.ToString())).ShouldContain("A billing run was opened");
    }

    [Fact]
    public async Task The_royalty_rule_of_a_work_is_read_in_names_and_percents_by_its_creator_only()
    {
        await using var fair = await Fair.Empty(postgres);
        using var creator = await Visitor.SignedIn(fair.Server, fair.Creator.Email);
        using var buyer = await Visitor.SignedIn(fair.Server, fair.Buyer.Email);
        var (work, _) = await fair.Creator.Published("Shared work");
        (await creator.Page($"/works/{work}/royalty-rule")).ShouldContain("Everything goes to ");

        await fair.Creator.Rule(work, new
        {
            payees = new object[]
            {
                new { share_basis_points = 6_667, organisation_id = fair.Creator.Organisation.ToString() },
                new { share_basis_points = 3_333, group = "annotators" },
            },
            groups = new Dictionary<string, object[]>
            {
                ["annotators"] = [new { share_basis_points = 10_000, organisation_id = fair.Buyer.Organisation.ToString() }],
            },
            holdback_basis_points = 250,
            holdback_days = 1,
        }, fair.Buyer);

        var page = await creator.Page($"/works/{work}/royalty-rule");
        page.ShouldContain("66.67%");
        page.ShouldContain("the group “annotators”");
        page.ShouldContain("the share of “annotators”");
        page.ShouldContain("2.5% of every share, for 1 day");
        (await creator.Page($"/works/{work}")).ShouldContain($"/works/{work}/royalty-rule");
        await buyer.Page($"/works/{work}/royalty-rule", HttpStatusCode.NotFound);
        (await buyer.Page($"/works/{work}")).ShouldNotContain("royalty-rule");
    }

    [Fact]
    public async Task A_title_cannot_become_markup()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published("<script>alert(1)</script>");
        using var visitor = new Visitor(server);

        foreach (var path in new[] { "/", $"/works/{work}" })
        {
            (await visitor.Http.GetStringAsync(path, Stop)).ShouldNotContain("<script");
        }
    }
}
