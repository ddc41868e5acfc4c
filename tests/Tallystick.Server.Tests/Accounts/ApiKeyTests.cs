using System.Net;
using System.Net.Http.Json;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

public sealed class ApiKeyTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_organisation_can_use_its_key_at_once()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.SignUp(server, "creator", "buyer");

        var me = await creator.Http.GetAsync("/v1/organisations/me", Stop).Json();

        ((string)me["organisation_id"]!).ShouldBe(creator.Organisation.ToString());
        me["scopes"]!.AsArray().Select(s => (string)s!).ShouldContain("catalog:write");
        me["scopes"]!.AsArray().Select(s => (string)s!).ShouldNotContain("operate");
    }

    [Fact]
    public async Task Without_credentials_only_what_is_public_by_intent_answers()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        (await nobody.GetAsync("/v1/organisations/me", Stop).Problem(401)).ShouldBe("unauthenticated");
        (await nobody.GetAsync("/v1/api-keys", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await nobody.GetAsync("/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await nobody.GetAsync("/health/live", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("tsk_0000000000000000000000000000000000000000000000000000")]
    [InlineData("tsk_")]
    [InlineData("nonsense")]
    [InlineData("tgk_nobody")]
    public async Task An_unknown_secret_opens_nothing(string secret)
    {
        await using var server = await TestServer.Start(postgres);
        using var client = server.Client(secret);

        using var answer = await client.GetAsync("/v1/organisations/me", Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer");
    }

    /// <summary>SamSaffron/term-llm#414: clients and proxies that write the scheme in small letters were told 401.</summary>
    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_scheme_of_a_secret_is_read_in_any_case_and_the_secret_is_not(string scheme)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);

        (await Me(server, scheme, creator.ApiKey)).ShouldBe(HttpStatusCode.OK);
        (await Me(server, scheme, creator.ApiKey.ToUpperInvariant())).ShouldBe(HttpStatusCode.Unauthorized);
        using var gate = server.Client();
        gate.DefaultRequestHeaders.Authorization = new(scheme, TestServer.GateSecret);
        await gate.Begin();

        static async Task<HttpStatusCode> Me(TestServer server, string scheme, string secret)
        {
            using var client = server.Client();
            client.DefaultRequestHeaders.Authorization = new(scheme, secret);
            using var answer = await client.GetAsync("/v1/organisations/me", Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_key_has_only_its_scopes_and_cannot_make_a_stronger_one()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var made = await creator.Http.PostAsJsonAsync(
            "/v1/api-keys", new { name = "narrow", scopes = new[] { "accounts:write" } }, Stop).Json(201);
        using var narrow = server.Client((string)made["api_key"]!);

        (await narrow.PostAsJsonAsync("/v1/api-keys", new { name = "wide", scopes = new[] { "catalog:write" } }, Stop)
            .Problem(400)).ShouldBe("invalid-request");
        (await narrow.GetAsync("/metrics", Stop).Problem(403)).ShouldBe("forbidden");
    }

    [Fact]
    public async Task A_revoked_key_and_an_expired_key_stop_at_once()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var scopes = new[] { "accounts:write" };
        var first = await creator.Http.PostAsJsonAsync("/v1/api-keys", new { name = "first", scopes }, Stop).Json(201);
        var second = await creator.Http.PostAsJsonAsync(
            "/v1/api-keys",
            new { name = "second", scopes, expires_at = server.Clock.GetUtcNow().AddHours(1) },
            Stop).Json(201);
        using var firstClient = server.Client((string)first["api_key"]!);
        using var secondClient = server.Client((string)second["api_key"]!);
        (await firstClient.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await secondClient.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var revoked = await creator.Http.DeleteAsync($"/v1/api-keys/{(string)first["api_key_id"]!}", Stop);
        server.Clock.Advance(TimeSpan.FromHours(2));

        revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await firstClient.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await secondClient.GetAsync("/v1/organisations/me", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Keys_are_listed_by_page_without_secrets_and_only_to_their_owner()
    {
        await using var server = await TestServer.Start(postgres);
        var (one, other) = (await Member.Creator(server), await Member.Buyer(server));
        var made = await one.Http.PostAsJsonAsync(
            "/v1/api-keys", new { name = "second", scopes = new[] { "catalog:read" } }, Stop).Json(201);

        var page = await one.Http.GetAsync("/v1/api-keys?limit=1", Stop).Json();
        var rest = await one.Http.GetAsync($"/v1/api-keys?limit=1&after={(string)page["next"]!}", Stop).Json();

        ((string)page["items"]![0]!["name"]!).ShouldBe("second");
        ((string)rest["items"]![0]!["name"]!).ShouldBe("First key");
        rest["items"]![0]!["last_used_on"].ShouldNotBeNull();
        rest["next"].ShouldBeNull();
        rest.ToJsonString().ShouldNotContain((string)made["api_key"]!);
        (await other.Http.DeleteAsync($"/v1/api-keys/{(string)made["api_key_id"]!}", Stop).Problem(404)).ShouldBe("not-found");
    }

    [Fact]
    public async Task No_secret_and_no_password_stands_in_the_database()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);

        var rows = await server.Database.Query<string>(
            "select k::text from accounts.api_key k union all select p::text from accounts.person p", null, Stop);

        rows.Count.ShouldBeGreaterThan(2);
        rows.ShouldNotContain(r => r.Contains(creator.ApiKey) || r.Contains(Member.Password));
    }

    [Fact]
    public async Task The_operators_key_comes_from_the_configuration_and_a_new_one_ends_the_old_one()
    {
        var database = await postgres.NewDatabase();
        await using (var before = await TestServer.Start(postgres, database: database))
        {
            using var old = before.Client(TestServer.OperatorKey);
            (await old.GetAsync("/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        const string next = "tsk_another-key-of-the-operator-0123456789";
        await using var after = await TestServer.Start(postgres, new() { ["Accounts:OperatorKey"] = next }, database);
        using var client = after.Client(next);
        using var ended = after.Client(TestServer.OperatorKey);

        (await client.GetAsync("/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ended.GetAsync("/metrics", Stop)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("""{"name":"","email":"a@b","password":"long enough password","roles":["buyer"]}""")]
    [InlineData("""{"name":"a\u0000b","email":"a@b","password":"long enough password","roles":["buyer"]}""")]
    [InlineData("""{"name":"a","email":"nobody","password":"long enough password","roles":["buyer"]}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"short","roles":["buyer"]}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"long enough password","roles":["operator"]}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"long enough password","roles":[]}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"long enough password","roles":null}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"long enough password","roles":[null]}""")]
    [InlineData("""{"name":"a","email":"a@b","password":"long enough password","roles":["buyer"],"more":1}""")]
    [InlineData("""{"name":1}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    public async Task A_bad_sign_up_is_refused_with_a_reason(string body)
    {
        await using var server = await TestServer.Start(postgres);
        using var client = server.Client();

        using var content = new StringContent(body, null, "application/json");
        (await client.PostAsync("/v1/organisations", content, Stop).Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task An_address_signs_up_once_and_sign_ups_are_limited_by_network_address()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Accounts:SignUpsPerAddress"] = "2" });
        using var client = server.Client();
        object Body(string email) => new { name = "n", email, password = Member.Password, roles = new[] { "buyer" } };

        await client.PostAsJsonAsync("/v1/organisations", Body("same@example.org"), Stop).Json(201);
        (await client.PostAsJsonAsync("/v1/organisations", Body(" Same@Example.org"), Stop).Problem(409)).ShouldBe("email-in-use");
        using var third = await client.PostAsJsonAsync("/v1/organisations", Body("third@example.org"), Stop);

        third.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        third.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromMinutes(50));
    }
}
