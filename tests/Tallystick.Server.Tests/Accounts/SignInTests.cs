using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

public sealed class SignInTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_signs_in_works_and_signs_out()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);

        using var answer = await browser.SignIn(creator.Email.ToUpperInvariant(), Member.Password, "/works?x=1");
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("tally_session=", StringComparison.Ordinal));
        var me = await browser.Http.GetAsync("/v1/organisations/me", Stop).Json();
        using var end = await browser.Post("/sign-out", []);
        using var after = await browser.Http.GetAsync("/v1/organisations/me", Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        answer.Headers.Location!.ToString().ShouldBe("/works?x=1");
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=lax");
        ((string)me["organisation_id"]!).ShouldBe(creator.Organisation.ToString());
        end.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        after.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Database.QueryOne<long>("select count(*) from accounts.session", null, Stop)).ShouldBe(0);
    }

    [Fact]
    public async Task The_cookie_is_secure_when_the_server_is_reached_by_https()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:PublicUrl"] = "https://server.test" });
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);

        using var answer = await browser.SignIn(creator.Email, Member.Password);

        answer.Headers.GetValues("Set-Cookie").ShouldContain(c => c.StartsWith("tally_session=") && c.Contains("secure"));
    }

    [Fact]
    public async Task A_form_without_an_anti_forgery_token_changes_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var client = server.Client();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["email"] = creator.Email, ["password"] = Member.Password,
        });

        using var answer = await client.PostAsync("/sign-in", form, Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task An_unknown_address_fails_like_a_wrong_password_and_takes_as_long()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);
        await (await browser.SignIn(creator.Email, "warm up the code path")).Content.ReadAsStringAsync(Stop);

        var start = Stopwatch.GetTimestamp();
        using var wrong = await browser.SignIn(creator.Email, "not the password!");
        var wrongTook = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        using var unknown = await browser.SignIn("nobody@example.org", "not the password!");
        var unknownTook = Stopwatch.GetElapsedTime(start);

        wrong.Headers.Location.ShouldBe(unknown.Headers.Location);
        wrong.Headers.Location!.ToString().ShouldContain("error=wrong");
        // Both do 600 000 rounds; a path without them would take a hundredth of the time.
        (unknownTook / wrongTook).ShouldBeInRange(0.2, 5);
    }

    [Fact]
    public async Task Guessing_is_limited_per_account_until_the_window_is_over()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignInsPerAccount"] = "3" });
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);
        for (var i = 0; i < 3; i++)
        {
            using var guess = await browser.SignIn(creator.Email, $"guess number {i}");
        }

        using var blocked = await browser.SignIn(creator.Email, Member.Password);
        server.Clock.Advance(TimeSpan.FromMinutes(16));
        using var allowed = await browser.SignIn(creator.Email, Member.Password);

        blocked.Headers.Location!.ToString().ShouldContain("error=too-many-attempts");
        allowed.Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task Guessing_is_limited_per_network_address()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignInsPerAddress"] = "2" });
        using var browser = new Browser(server);
        using var one = await browser.SignIn("a@example.org", "some password");
        using var two = await browser.SignIn("b@example.org", "some password");

        using var three = await browser.SignIn("c@example.org", "some password");

        two.Headers.Location!.ToString().ShouldContain("error=wrong");
        three.Headers.Location!.ToString().ShouldContain("error=too-many-attempts");
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    public async Task Signing_in_never_leads_to_another_site(string returnUrl)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);

        using var answer = await browser.SignIn(creator.Email, Member.Password, returnUrl);

        answer.Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task A_session_slides_while_it_is_used_and_ends_for_good_at_its_absolute_end()
    {
        await using var server = await TestServer.Start(postgres, new()
        {
            ["Accounts:SessionIdleMost"] = "02:00:00", ["Accounts:SessionMost"] = "05:00:00",
        });
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);
        using var answer = await browser.SignIn(creator.Email, Member.Password);

        async Task<HttpStatusCode> After(double hours)
        {
            server.Clock.Advance(TimeSpan.FromHours(hours));
            using var seen = await browser.Http.GetAsync("/v1/organisations/me", Stop);
            return seen.StatusCode;
        }

        (await After(1.5)).ShouldBe(HttpStatusCode.OK);
        (await After(1.5)).ShouldBe(HttpStatusCode.OK);
        (await After(1.5)).ShouldBe(HttpStatusCode.OK);
        (await After(0.6)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_request_that_another_site_made_the_browser_send_is_nobodys()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var browser = new Browser(server);
        using var answer = await browser.SignIn(creator.Email, Member.Password);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/api-keys");
        request.Headers.Add("Sec-Fetch-Site", "same-site");
        request.Content = new StringContent("""{"name":"k","scopes":["catalog:read"]}""", null, "application/json");

        using var refused = await browser.Http.SendAsync(request, Stop);

        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_page_that_needs_a_person_leads_to_the_form()
    {
        await using var server = await TestServer.Start(postgres);
        using var browser = new Browser(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/organisations/me?a=b");
        request.Headers.Add("Accept", "text/html");

        using var answer = await browser.Http.SendAsync(request, Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.ToString().ShouldBe("/sign-in?return_url=%2Fv1%2Forganisations%2Fme%3Fa%3Db");
    }

    [Fact]
    public async Task The_sign_up_form_signs_in_as_well()
    {
        await using var server = await TestServer.Start(postgres);
        using var browser = new Browser(server);

        using var answer = await browser.Post("/sign-up", new()
        {
            ["name"] = "Form", ["email"] = "form@example.org", ["password"] = Member.Password, ["roles"] = "creator",
        });
        var me = await browser.Http.GetAsync("/v1/organisations/me", Stop).Json();

        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        ((string)me["name"]!).ShouldBe("Form");
    }

    /// <summary>Keeps cookies and holds an anti-forgery token, as a page would have given it.</summary>
    private sealed class Browser : IDisposable
    {
        private readonly TestServer _server;
        private readonly CookieContainer _cookies = new();
        private readonly SocketsHttpHandler _handler;

        public Browser(TestServer server)
        {
            _server = server;
            _handler = new() { AllowAutoRedirect = false, CookieContainer = _cookies };
            Http = new(_handler) { BaseAddress = new(server.Url) };
        }

        public HttpClient Http { get; }

        public Task<HttpResponseMessage> SignIn(string email, string password, string? returnUrl = null) => Post(
            "/sign-in",
            new() { ["email"] = email, ["password"] = password, ["return_url"] = returnUrl ?? "" });

        public async Task<HttpResponseMessage> Post(string path, Dictionary<string, string> fields)
        {
            // The token is bound to who is signed in, as on a page drawn for this browser.
            var me = await Http.GetAsync("/v1/organisations/me", Stop);
            var context = new DefaultHttpContext { RequestServices = _server.Services };
            if (me.IsSuccessStatusCode)
            {
                var session = _cookies.GetCookies(Http.BaseAddress!)["tally_session"]!.Value;
                context.User = new((await _server.Services.GetRequiredService<Server.Accounts.Sessions>().Identify(session, Stop))!);
            }

            var tokens = _server.Services.GetRequiredService<IAntiforgery>().GetTokens(context);
            _cookies.Add(Http.BaseAddress!, new Cookie("tally_forgery", tokens.CookieToken, "/"));
            fields[tokens.FormFieldName] = tokens.RequestToken!;
            using var form = new FormUrlEncodedContent(fields);
            return await Http.PostAsync(path, form, Stop);
        }

        public void Dispose()
        {
            Http.Dispose();
            _handler.Dispose();
        }
    }
}
