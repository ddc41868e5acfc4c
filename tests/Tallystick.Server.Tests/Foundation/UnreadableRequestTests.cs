using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>Requests that never reach the code of a route: what the caller is told.</summary>
public sealed class UnreadableRequestTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"name": "a", "scopes": "all"}""", "scopes", "does not fit")]
    [InlineData("""{"name": "a"}""", "scopes", "needed")]
    [InlineData("""{"name": "a", "scopes": [], "expires_at": "tomorrow"}""", "expires_at", "Expected")]
    [InlineData("""{"name": "a", "scopes": [1]}""", "scopes[0]", "does not fit")]
    [InlineData("""{"name": "a", "scopes": []""", "body", "line 1")]
    [InlineData("nothing", "body", "byte 2")]
    [InlineData("7", "body", "does not fit")]
    [InlineData("null", "body", "needed")]
    [InlineData("", "body", "needed")]
    public async Task A_body_that_does_not_fit_is_told_by_its_member_and_without_the_names_of_our_types(string body, string member, string word)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var problem = await creator.Http.PostAsync("/v1/api-keys", content, Stop).Json(400);

        problem["errors"]![member]!.AsArray().Single()!.ToString().ShouldContain(word);
        problem.ToJsonString().ShouldNotContain("Tallystick.Server");
        problem.ToJsonString().ShouldNotContain("System.");
        problem.ToJsonString().ShouldNotContain(".NET");
    }

    [Theory]
    [InlineData("/v1/works/nothing", "id")]
    [InlineData("/v1/works?limit=many", "limit")]
    public async Task A_parameter_that_does_not_fit_is_told_by_its_name(string path, string name)
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        var problem = await nobody.GetAsync(path, Stop).Json(400);

        problem["errors"]!.AsObject().Select(e => e.Key).ShouldBe([name]);
        problem.ToJsonString().ShouldNotContain("WorkId");
    }

    [Fact]
    public async Task A_path_that_nobody_serves_and_a_method_that_it_does_not_take_are_said_to_strangers_too()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        using var refused = await nobody.DeleteAsync("/v1/organisations/me", Stop);

        (await nobody.GetAsync("/v1/nowhere", Stop).Problem(404)).ShouldBe("not-found");
        refused.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        refused.Content.Headers.Allow.ShouldContain("GET");
        (await nobody.GetAsync("/v1/organisations/me", Stop).Problem(401)).ShouldBe("unauthenticated");
    }

    [Theory]
    [InlineData("/v1/works")]
    [InlineData("/sign-in")]
    [InlineData("/health/live")]
    [InlineData("/.well-known/jwks.json")]
    public async Task What_answers_get_answers_head_with_the_same_headers_and_no_body(string path)
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();
        using var asked = new HttpRequestMessage(HttpMethod.Head, path);

        using var got = await nobody.GetAsync(path, Stop);
        using var head = await nobody.SendAsync(asked, Stop);

        head.StatusCode.ShouldBe(got.StatusCode);
        head.Content.Headers.ContentType.ShouldBe(got.Content.Headers.ContentType);
        (await head.Content.ReadAsByteArrayAsync(Stop)).ShouldBeEmpty();
        // The connection is still good for the next.
        (await nobody.GetAsync(path, Stop)).StatusCode.ShouldBe(got.StatusCode);
    }

    [Fact]
    public async Task The_description_of_the_api_names_every_shape_credentials_and_keys_of_its_own()
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        var root = await nobody.GetFromJsonAsync<JsonObject>("/openapi/v1.json", Stop);
        JsonNode Of(string path, string method) => root!["paths"]![path]![method]!;
        string Taken(string path) => (string)Of(path, "post")["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]!;

        Taken("/v1/works").ShouldNotBe(Taken("/v1/api-keys"));
        root!["components"]!["schemas"]![Taken("/v1/api-keys").Split('/')[^1]]!["properties"]!.AsObject().Select(p => p.Key)
            .ShouldBe(["name", "scopes", "expires_at"]);
        Of("/v1/wallet/top-ups", "post")["parameters"]!.AsArray().Select(p => (string)p!["name"]!).ShouldBe(["Idempotency-Key"]);
        Of("/v1/works", "post")["security"]!.AsArray().SelectMany(s => s!.AsObject()).Select(s => $"{s.Key} {s.Value!.ToJsonString()}")
            .ShouldBe(["""api_key ["catalog:write"]""", "session []"]);
        Of("/gate/v1/usage", "post")["security"]![0]!.AsObject().Single().Key.ShouldBe("gate_secret");
        Of("/v1/works", "get")["security"].ShouldBeNull();
        root["components"]!["securitySchemes"]!.AsObject().Count.ShouldBe(3);
    }
}
