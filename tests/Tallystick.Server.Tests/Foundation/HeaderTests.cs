using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Hosting;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;
using Described = Tallystick.Server.Foundation.ApiDocument;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>What every answer says, and under which names there is one.</summary>
public sealed class HeaderTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_behind_tls_tells_browsers_to_stay_there_and_what_it_never_needs()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:PublicUrl"] = "https://server.test" });
        using var nobody = server.Client();

        using var page = await nobody.GetAsync("/sign-in", Stop);

        page.Headers.GetValues("Strict-Transport-Security").Single().ShouldBe("max-age=31536000");
        page.Headers.GetValues("Permissions-Policy").Single().ShouldContain("camera=()");
        page.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task Without_tls_nothing_is_promised_about_it_and_no_answer_names_its_server()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();
        foreach (var path in new[] { "/", "/health/live", "/v1/organisations/me", "/nowhere", "/assets/tally.css" })
        {
            using var answer = await nobody.GetAsync(path, Stop);
            answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse(path);
            answer.Headers.Contains("Server").ShouldBeFalse(path);
        }
    }

    [Fact]
    public async Task What_was_made_for_somebody_is_kept_by_no_cache_and_what_is_public_may_be()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var nobody = server.Client();
        using var visitor = await Visitor.SignedIn(server, creator.Email);
        async Task<string> Cache(HttpClient client, string path)
        {
            using var answer = await client.GetAsync(path, Stop);
            return answer.Headers.CacheControl?.ToString() ?? "";
        }

        using var signUp = await nobody.PostAsJsonAsync(
            "/v1/organisations", new { name = "n", email = "new@example.org", password = Member.Password, roles = new[] { "buyer" } }, Stop);

        (await Cache(creator.Http, "/v1/organisations/me")).ShouldContain("no-store");
        (await Cache(creator.Http, "/v1/api-keys")).ShouldContain("no-store");
        (await Cache(creator.Http, "/v1/payouts")).ShouldContain("no-store");
        (await Cache(visitor.Http, "/account")).ShouldContain("no-store");
        (await Cache(nobody, "/v1/organisations/me")).ShouldContain("no-store");
        signUp.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await Cache(nobody, "/v1/works")).ShouldNotContain("no-store");
        (await Cache(visitor.Http, "/assets/tally.css")).ShouldContain("immutable");
        (await Cache(visitor.Http, "/.well-known/jwks.json")).ShouldContain("public");
    }

    [Theory]
    [InlineData("server.test", true)]
    [InlineData("SERVER.test:8443", true)]
    [InlineData("localhost:1", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("shop.localhost", true)]
    [InlineData("gate.inside.example", true)]
    [InlineData("inside.example", false)]
    [InlineData("evil.example", false)]
    [InlineData("server.test.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("10.0.0.1", false)]
    public async Task Only_names_of_this_server_are_answered(string host, bool answered)
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:AllowedHosts:0"] = "*.inside.example" });
        using var client = server.Client();
        async Task<HttpResponseMessage> Get(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            return await client.SendAsync(request, Stop);
        }

        using var page = await Get("/sign-in");
        using var health = await Get("/health/live");

        page.StatusCode.ShouldBe(answered ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        if (!answered)
        {
            (await Get("/v1/works").Problem(421)).ShouldBe("wrong-host");
        }
    }

    [Fact]
    public async Task A_contact_for_holes_stands_where_it_is_looked_for_and_never_runs_out()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:SecurityContact"] = "mailto:security@example.org" });
        using var nobody = server.Client();
        async Task<Dictionary<string, string>> Read() => (await nobody.GetStringAsync("/.well-known/security.txt", Stop))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1]);
        DateTimeOffset Expires(Dictionary<string, string> text) => DateTimeOffset.Parse(text["Expires"], CultureInfo.InvariantCulture);

        var first = await Read();
        server.Clock.Advance(TimeSpan.FromDays(400));
        var later = await Read();

        first["Contact"].ShouldBe("mailto:security@example.org");
        Expires(first).ShouldBeGreaterThan(server.Clock.GetUtcNow().AddDays(-400 + 100));
        Expires(later).ShouldBeGreaterThan(server.Clock.GetUtcNow().AddDays(100));
        Expires(later).ShouldBeLessThan(server.Clock.GetUtcNow().AddDays(365));
        using var answer = await nobody.GetAsync("/.well-known/security.txt", Stop);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
    }

    [Fact]
    public async Task Without_a_contact_there_is_no_such_file()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        (await nobody.GetAsync("/.well-known/security.txt", Stop).Problem(404)).ShouldBe("not-found");
    }

    [Theory]
    [InlineData("Server:SecurityContact", "security@example.org")]
    [InlineData("Server:TrustedProxies:0", "proxy.example")]
    [InlineData("Server:AllowedHosts:0", "https://server.test/")]
    public async Task A_setting_that_means_nothing_is_refused_at_the_start(string key, string value)
    {
        var refused = await Should.ThrowAsync<InvalidConfigurationException>(
            () => TestServer.Start(postgres, new() { [key] = value }));

        refused.Message.ShouldContain($"Tally:{key.TrimEnd('0', ':')}");
    }

    [Fact]
    public async Task The_description_of_the_api_is_made_once_and_sent_again_only_when_it_is_another()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();
        using var first = await nobody.GetAsync("/openapi/v1.json", Stop);
        var made = await server.Services.GetRequiredService<Described>().Read(Stop);
        using var again = await nobody.GetAsync("/openapi/v1.json", Stop);
        (await nobody.GetAsync("/docs", Stop)).EnsureSuccessStatusCode();
        using var conditional = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        conditional.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var unchanged = await nobody.SendAsync(conditional, Stop);

        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        ((string)(await nobody.GetAsync("/openapi/v1.json", Stop).Json())["servers"]![0]!["url"]!).ShouldBe("http://server.test");
        again.Headers.ETag.ShouldBe(first.Headers.ETag);
        // Making it takes more than a tenth of a second of processor.
        (await server.Services.GetRequiredService<Described>().Read(Stop)).ShouldBeSameAs(made);
    }
}
