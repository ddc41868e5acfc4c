using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class CrossOriginTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_anybody_may_read_a_script_of_any_site_may_read_whoever_asked_before()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var nobody = server.Client();
        var (work, _) = await creator.Published();

        foreach (var path in new[]
        {
            "/log/checkpoint", "/log/key", "/log/tile/0/000.p/1", "/log/tile/nowhere", "/.well-known/jwks.json", "/v1/works", $"/v1/works/{work}",
            $"/v1/works/{work}/offers",
        })
        {
            using var answer = await nobody.GetAsync(path, Stop);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"], path);
            answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
        }

        foreach (var path in new[] { "/", "/v1/wallet", "/v1/receipts" })
        {
            using var answer = await nobody.GetAsync(path, Stop);
            answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse(path);
        }
    }
}
