using System.Net;
using System.Net.Http.Json;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>Passwords are changed by who knows them, and set anew by who has a link of the operator; by nobody else.</summary>
public sealed class PasswordTests(Postgres postgres)
{
    private const string New = "another horse battery";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_knows_the_old_password_sets_a_new_one_and_every_other_session_ends()
    {
        await using var server = await TestServer.Start(postgres);
        var (member, other) = (await Member.Creator(server), await Member.Creator(server));
        using var here = await Visitor.SignedIn(server, member.Email);
        using var elsewhere = await Visitor.SignedIn(server, member.Email);
        using var somebody = await Visitor.SignedIn(server, other.Email);

        (await Change(here, Member.Password, New)).ShouldBe("/account?done=password-changed");

        (await here.Page("/account?done=password-changed")).ShouldContain("All other sessions have ended");
        (await elsewhere.Http.GetAsync("/account", Stop)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await somebody.Page("/account")).ShouldContain("Change the password");
        (await SignIn(server, member.Email, Member.Password)).ShouldContain("error=wrong");
        (await SignIn(server, member.Email, New)).ShouldBe("/");
        (await SignIn(server, other.Email, Member.Password)).ShouldBe("/");
        // What programs use is not a session.
        (await member.Http.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_token_of_the_session_that_changed_the_password_is_another_afterwards()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, member.Email);
        var before = await Sessions(server);

        await Change(visitor, Member.Password, New);

        var after = await Sessions(server);
        after.Count.ShouldBe(1);
        after.ShouldNotBe(before);
    }

    [Fact]
    public async Task An_operator_whose_address_left_the_configuration_signs_in_no_more()
    {
        var database = await postgres.NewDatabase();
        Dictionary<string, string?> Named(string email) => new()
        {
            ["Accounts:OperatorEmail"] = email, ["Accounts:OperatorPassword"] = Member.Password,
        };
        await using (var before = await TestServer.Start(postgres, Named("old@example.org"), database))
        {
            (await SignIn(before, "old@example.org", Member.Password)).ShouldBe("/");
        }

        await using var after = await TestServer.Start(postgres, Named("new@example.org"), database);

        (await SignIn(after, "new@example.org", Member.Password)).ShouldBe("/");
        (await SignIn(after, "old@example.org", Member.Password)).ShouldContain("error=wrong");
    }

    [Theory]
    [InlineData("not the password!", New, "password-wrong")]
    [InlineData("", New, "password-wrong")]
    [InlineData(Member.Password, "too short", "password-invalid")]
    [InlineData(Member.Password, "            ", "password-invalid")]
    [InlineData(Member.Password, "with a \u0007 bell in it", "password-invalid")]
    public async Task A_wrong_old_or_a_weak_new_password_changes_nothing(string current, string wanted, string error)
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var here = await Visitor.SignedIn(server, member.Email);
        using var elsewhere = await Visitor.SignedIn(server, member.Email);

        (await Change(here, current, wanted)).ShouldBe($"/account?error={error}");

        (await here.Page($"/account?error={error}")).ShouldContain("Nothing was changed");
        await elsewhere.Page("/account");
        (await SignIn(server, member.Email, Member.Password)).ShouldBe("/");
    }

    [Fact]
    public async Task Guessing_the_old_password_is_limited_until_the_window_is_over()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignInsPerAccount"] = "2" });
        var member = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, member.Email);
        await Change(visitor, "guess number one", New);
        await Change(visitor, "guess number two", New);

        (await Change(visitor, Member.Password, New)).ShouldBe("/account?error=password-attempts");
        server.Clock.Advance(TimeSpan.FromMinutes(16));
        (await Change(visitor, Member.Password, New)).ShouldBe("/account?done=password-changed");
    }

    [Fact]
    public async Task A_password_form_without_its_token_or_by_a_program_or_from_another_site_changes_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var visitor = await Visitor.SignedIn(server, member.Email);
        var fields = new Dictionary<string, string> { ["current_password"] = Member.Password, ["new_password"] = New, ["code"] = "rst_x" };
        using var link = new FormUrlEncodedContent(fields);
        using var bare = new FormUrlEncodedContent(fields);
        using var program = new FormUrlEncodedContent(fields);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/account/password") { Content = new FormUrlEncodedContent(fields) };
        foreign.Headers.Add("Sec-Fetch-Site", "same-site");

        (await visitor.Http.PostAsync("/account/password", bare, Stop)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await visitor.Http.PostAsync("/reset-password", link, Stop)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        ((int)(await member.Http.PostAsync("/account/password", program, Stop)).StatusCode).ShouldBeInRange(400, 403);
        (await visitor.Http.SendAsync(foreign, Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SignIn(server, member.Email, Member.Password)).ShouldBe("/");
    }

    [Fact]
    public async Task A_link_of_the_operator_sets_a_new_password_once_and_ends_every_session_of_that_person_only()
    {
        await using var server = await TestServer.Start(postgres);
        var (member, other) = (await Member.Creator(server), await Member.Creator(server));
        using var inside = await Visitor.SignedIn(server, member.Email);
        using var somebody = await Visitor.SignedIn(server, other.Email);
        using var visitor = new Visitor(server);
        for (var i = 0; i < 11; i++)
        {
            await SignIn(server, member.Email, "which one was it");
        }

        var url = await Link(server, member.Email.ToUpperInvariant());
        url.ShouldStartWith("http://server.test/reset-password#rst_");
        (await visitor.Page("/reset-password")).ShouldContain("Set a new password");
        (await Reset(visitor, url, New)).ShouldBe("/sign-in?done=password-changed");

        (await visitor.Page("/sign-in?done=password-changed")).ShouldContain("The new password is set");
        (await inside.Http.GetAsync("/account", Stop)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await somebody.Page("/account");
        // The attempts with forgotten passwords do not stand in the way of the new one.
        (await SignIn(server, member.Email, New)).ShouldBe("/");
        (await SignIn(server, other.Email, New)).ShouldContain("error=wrong");
        (await Reset(visitor, url, "a third horse battery")).ShouldBe("/reset-password?error=link-ended");
        (await SignIn(server, member.Email, New)).ShouldBe("/");
    }

    [Fact]
    public async Task A_link_that_is_old_replaced_overtaken_or_made_up_sets_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var visitor = new Visitor(server);
        using var signedIn = await Visitor.SignedIn(server, member.Email);

        var replaced = await Link(server, member.Email);
        var expired = await Link(server, member.Email);
        (await Reset(visitor, replaced, New)).ShouldBe("/reset-password?error=link-ended");
        server.Clock.Advance(TimeSpan.FromMinutes(61));
        (await Reset(visitor, expired, New)).ShouldBe("/reset-password?error=link-ended");
        var overtaken = await Link(server, member.Email);
        await Change(signedIn, Member.Password, "a third horse battery");
        (await Reset(visitor, overtaken, New)).ShouldBe("/reset-password?error=link-ended");
        foreach (var made in new[] { "", "rst_", "http://server.test/reset-password#", overtaken + "x", "%00", new string('r', 5_000) })
        {
            (await Reset(visitor, made, New)).ShouldBe("/reset-password?error=link-ended");
        }

        (await SignIn(server, member.Email, "a third horse battery")).ShouldBe("/");
    }

    [Fact]
    public async Task A_weak_password_does_not_use_the_link_up_and_of_two_at_once_one_wins()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.Creator(server);
        using var visitor = new Visitor(server);
        var url = await Link(server, member.Email);

        (await Reset(visitor, url, "too short")).ShouldBe("/reset-password?error=password-invalid");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using var one = new Visitor(server);
            return await Reset(one, url, $"{New} {i}");
        }));

        answers.Count(a => a == "/sign-in?done=password-changed").ShouldBe(1);
        answers.Count(a => a == "/reset-password?error=link-ended").ShouldBe(3);
        var winner = Array.IndexOf(answers, "/sign-in?done=password-changed");
        (await SignIn(server, member.Email, $"{New} {winner}")).ShouldBe("/");
    }

    [Fact]
    public async Task Trying_links_is_limited_per_network_address()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignInsPerAddress"] = "2" });
        var member = await Member.Creator(server);
        using var visitor = new Visitor(server);
        var url = await Link(server, member.Email);
        await Reset(visitor, "rst_one", New);
        await Reset(visitor, "rst_two", New);

        (await Reset(visitor, url, New)).ShouldBe("/reset-password?error=password-attempts");
        server.Clock.Advance(TimeSpan.FromMinutes(16));
        (await Reset(visitor, url, New)).ShouldBe("/sign-in?done=password-changed");
    }

    [Fact]
    public async Task Only_the_operator_makes_links_and_none_for_the_operator()
    {
        await using var server = await TestServer.Start(postgres, new()
        {
            ["Accounts:OperatorEmail"] = "operator@example.org", ["Accounts:OperatorPassword"] = Member.Password,
        });
        var (member, other) = (await Member.Creator(server), await Member.SignUp(server, "creator", "buyer"));
        using var operators = server.Client(TestServer.OperatorKey);
        using var nobody = server.Client();
        using var operatorsPage = await Visitor.SignedIn(server, "operator@example.org");

        (await Ask(nobody, member.Email).Problem(401)).ShouldBe("unauthenticated");
        (await Ask(other.Http, member.Email).Problem(403)).ShouldBe("forbidden");
        (await Ask(member.Http, member.Email).Problem(403)).ShouldBe("forbidden");
        (await Ask(operators, "nobody@example.org").Problem(404)).ShouldBe("not-found");
        (await Ask(operators, "no address").Problem(400)).ShouldBe("invalid-request");
        (await Ask(operators, "operator@example.org").Problem(409)).ShouldBe("password-configured");
        (await operatorsPage.Page("/account")).ShouldNotContain("Change the password");
        var answer = await operatorsPage.Submit(
            "/account", "/account/password", ("current_password", Member.Password), ("new_password", New));
        answer.Headers.Location!.ToString().ShouldBe("/account?error=password-configured");
    }

    [Fact]
    public async Task No_secret_is_stored_readable_or_written_to_a_log()
    {
        using var log = new LogRecorder();
        await using var server = await TestServer.Start(postgres, log: log);
        var member = await Member.Creator(server);
        using var visitor = new Visitor(server);

        var url = await Link(server, member.Email);
        var secret = url[(url.IndexOf('#') + 1)..];
        var stored = await server.Database.QueryOne<string>("select to_jsonb(r)::text from accounts.password_reset r", null, Stop);
        (await Reset(visitor, "rst_wrong", New)).ShouldContain("link-ended");
        (await Reset(visitor, url, New)).ShouldContain("password-changed");
        using var signedIn = new Visitor(server);
        await signedIn.Submit("/sign-in", "/sign-in", ("email", member.Email), ("password", New));
        (await Change(signedIn, New, "a third horse battery")).ShouldContain("password-changed");

        stored!.ShouldNotContain(secret);
        log.Lines.ShouldContain(l => l.Contains("A new password was set with a link."));
        log.Lines.ShouldContain(l => l.Contains("/reset-password"));
        var never = new[]
        {
            secret, Member.Password, New, "a third horse battery", WebUtility.UrlEncode(New), member.Email, member.Person.ToString(),
        };
        foreach (var word in never)
        {
            log.Lines.ShouldNotContain(l => l.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static async Task<string> Change(Visitor visitor, string current, string wanted) =>
        (await visitor.Submit("/account", "/account/password", ("current_password", current), ("new_password", wanted)))
        .Headers.Location!.ToString();

    private static async Task<string> Reset(Visitor visitor, string code, string wanted) =>
        (await visitor.Submit("/reset-password", "/reset-password", ("code", code), ("new_password", wanted)))
        .Headers.Location!.ToString();

    private static async Task<string> SignIn(TestServer server, string email, string password)
    {
        using var visitor = new Visitor(server);
        return (await visitor.Submit("/sign-in", "/sign-in", ("email", email), ("password", password))).Headers.Location!.ToString();
    }

    private static async Task<string> Link(TestServer server, string email)
    {
        using var operators = server.Client(TestServer.OperatorKey);
        return (string)(await Ask(operators, email).Json(201))["url"]!;
    }

    private static Task<HttpResponseMessage> Ask(HttpClient client, string email) =>
        client.PostAsJsonAsync("/v1/password-resets", new { email }, Stop);

    private static Task<IReadOnlyList<string>> Sessions(TestServer server) =>
        server.Database.Query<string>("select encode(token_sha256, 'hex') from accounts.session", null, Stop);
}
