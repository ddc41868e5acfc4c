using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Licensing;

/// <summary>What a licence is exchanged for is what was asked for, or nothing (RFC 8693).</summary>
public sealed class ExchangeTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(40)]
    [InlineData(1_500)]
    public async Task A_scope_that_is_named_often_is_one_scope(int times)
    {
        await using var server = await TestServer.Start(postgres);
        var (_, licence) = await Licensed(server);

        var answer = await Exchange(server, licence, ("scope", string.Join(' ', Enumerable.Repeat("read", times)))).Json();

        ((string)answer["scope"]!).ShouldBe("read");
        var keys = new VerificationKeys(await server.Services.GetRequiredService<PublishedKeys>().All(Stop));
        LicenceToken.Verify((string)answer["access_token"]!, keys).Facts!.RightsScope.ShouldBe(["read"]);
    }

    [Theory]
    [InlineData("audience", "https://elsewhere.example/", "invalid_target")]
    [InlineData("resource", "https://elsewhere.example/w/x", "invalid_target")]
    [InlineData("resource", "http://gate.test.elsewhere.example/", "invalid_target")]
    [InlineData("resource", "http://gate.test/w/wrk_01jd0000000000000000000000/", "invalid_target")]
    [InlineData("resource", "http://gate.test/#part", "invalid_target")]
    [InlineData("resource", "w/relative", "invalid_target")]
    [InlineData("actor_token", "a.b.c", "invalid_request")]
    [InlineData("actor_token_type", "urn:ietf:params:oauth:token-type:jwt", "invalid_request")]
    [InlineData("scope", "read search", "invalid_scope")]
    public async Task What_is_asked_for_and_not_given_is_refused(string parameter, string value, string error)
    {
        await using var server = await TestServer.Start(postgres);
        var (_, licence) = await Licensed(server);

        ((string)(await Exchange(server, licence, (parameter, value)).Json(400))["error"]!).ShouldBe(error);
    }

    [Fact]
    public async Task The_gate_and_what_it_delivers_of_the_work_are_targets_also_together()
    {
        await using var server = await TestServer.Start(postgres);
        var (work, licence) = await Licensed(server);

        await Exchange(
            server, licence, ("audience", LicenceToken.Audience), ("resource", "http://gate.test"), ("resource", $"http://gate.test/w/{work}/shard-0001.csv")).Json();
        ((string)(await Exchange(server, licence, ("audience", LicenceToken.Audience), ("audience", "another")).Json(400))["error"]!)
            .ShouldBe("invalid_target");
    }

    [Fact]
    public async Task A_link_is_a_token_for_one_file_as_long_as_was_wished()
    {
        await using var server = await TestServer.Start(postgres);
        var (work, licence) = await Licensed(server);
        var file = $"http://gate.test/w/{work}/a%20b/shard-0001.csv";
        Task<HttpResponseMessage> Link(params (string, string)[] more) =>
            Exchange(server, licence, [("requested_token_type", "https://tallystick.dev/token-types/link"), .. more]);

        var answer = await Link(("resource", file), ("expires_in", "3600")).Json();

        var token = (string)answer["access_token"]!;
        ((string)answer["link"]!).ShouldBe($"{file}?access_token={token}");
        ((string)answer["issued_token_type"]!).ShouldBe("https://tallystick.dev/token-types/link");
        ((long)answer["expires_in"]!).ShouldBe(3_600);
        var keys = new VerificationKeys(await server.Services.GetRequiredService<PublishedKeys>().All(Stop));
        var facts = LicenceToken.Verify(token, keys).Facts!;
        (facts.Kind, facts.Path, facts.WorkId).ShouldBe((TokenKind.Link, $"/w/{work}/a b/shard-0001.csv", work));
        // Without a wish as short as an access token; for one file and not for a folder, two or none; no longer than may be.
        ((long)(await Link(("resource", file)).Json())["expires_in"]!).ShouldBe(300);
        foreach (var resources in new[] { [], [file, file], new[] { $"http://gate.test/w/{work}/" }, [$"{file}?x=1"], ["http://gate.test"] })
        {
            ((string)(await Link([.. resources.Select(r => ("resource", r))]).Json(400))["error"]!).ShouldBe("invalid_target");
        }

        ((string)(await Link(("resource", file), ("expires_in", "86401")).Json(400))["error"]!).ShouldBe("invalid_request");
        ((string)(await Exchange(server, licence, ("expires_in", "60")).Json(400))["error"]!).ShouldBe("invalid_request");
        // What opens one file is no licence.
        ((string)(await Exchange(server, token).Json(400))["error"]!).ShouldBe("invalid_grant");
    }

    [Theory]
    [InlineData("/oauth/token", "application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("/oauth/introspect", "application/x-www-form-urlencoded; charset=\"utf-7\"")]
    [InlineData("/sign-in", "application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("/sign-up", "application/x-www-form-urlencoded; charset=nonsense")]
    [InlineData("/sign-out", "application/x-www-form-urlencoded; charset=iso-8859-1")]
    [InlineData("/v1/organisations", "application/json; charset=utf-7")]
    [InlineData("/v1/organisations", "application/json; charset=nonsense")]
    public async Task An_unknown_charset_is_told(string path, string type)
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();
        using var content = new ByteArrayContent("a=b"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await nobody.PostAsync(path, content, Stop);

        ((int)answer.StatusCode).ShouldBe(path == "/oauth/introspect" ? 401 : 415);
    }

    [Fact]
    public async Task The_type_of_a_file_names_any_charset()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        using var content = new ByteArrayContent("a=b"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "text/csv; charset=utf-7");

        var stored = await creator.Http.PutAsync($"/v1/works/{work}/versions/{version}/files/a.csv", content, Stop).Json();

        ((string)stored["media_type"]!).ShouldBe("text/csv; charset=utf-7");
    }

    private static async Task<(WorkId Work, string Licence)> Licensed(TestServer server)
    {
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        return (work, (await buyer.Licence(await creator.MeteredOffer(
            work, terms: new { rights_scope = new[] { "ai-train", "read" }, valid_days = 1 }))).Token);
    }

    private static async Task<HttpResponseMessage> Exchange(TestServer server, string licence, params (string Name, string Value)[] more)
    {
        using var nobody = server.Client();
        return await nobody.Form(
            "/oauth/token",
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", licence),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"), .. more,
            ]);
    }
}
