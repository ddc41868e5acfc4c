using System.Net;
using System.Text;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>Tools that nobody wrote for us: they send name and password, and read a page of links.</summary>
public sealed class StockToolTests
{
    [Fact]
    public async Task A_licence_is_taken_as_a_password_under_any_name()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);

        (await Ask(gate, "small.bin", ("Authorization", Basic("me", token)))).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        (await Ask(gate, "small.bin", ("Authorization", Basic("", token)))).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(20_000);
        foreach (var wrong in new[] { Basic("me", "nonsense"), Basic(token, ""), "Basic", "Basic *", $"Basic {new string('A', 20_000)}" })
        {
            var refused = await Ask(gate, "small.bin", ("Authorization", wrong));
            refused.Status.ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await Ask(gate, "small.bin", ("Authorization", Basic("me", "nonsense")))).Header("WWW-Authenticate")!.ShouldContain("Basic realm=");
        (await gate.Get("small.bin", "nonsense")).Header("WWW-Authenticate")!.ShouldNotContain("Basic");
    }

    [Fact]
    public async Task A_folder_is_a_page_of_links_that_lead_to_its_files()
    {
        await using var gate = await TestGate.Start([("top.bin", 20), ("a b/<x>&\"y\".csv", 10), ("a b/deep/z.csv", 30)]);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        var root = await Ask(gate, "", ("User-Agent", "rclone/v1.60"), ("Authorization", Basic("me", token)));
        root.Header("Content-Type").ShouldBe("text/html; charset=utf-8");
        root.Header("Last-Modified").ShouldBe("Sun, 01 Mar 2026 12:00:00 GMT");
        root.Header("X-Content-Type-Options").ShouldBe("nosniff");
        root.Header("Content-Security-Policy")!.ShouldNotContain("sandbox");
        Links(root).ShouldBe(["top.bin", "a%20b/"], ignoreOrder: true);
        Encoding.UTF8.GetString(root.Bytes).ShouldContain("2026-03-01 12:00:00  20");

        var folder = await Ask(gate, "a%20b/", ("Accept", "text/html,*/*;q=0.8"));
        Links(folder).ShouldBe(["../", "%3Cx%3E%26%22y%22.csv", "deep/"], ignoreOrder: true);
        Encoding.UTF8.GetString(folder.Bytes).ShouldNotContain("<x>");
        (await gate.Get("a%20b/%3Cx%3E%26%22y%22.csv", token)).Bytes.Length.ShouldBe(10);
        (await Ask(gate, "nowhere/", ("Accept", "text/html"))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Ask(gate, "a%20b", ("Accept", "text/html"))).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_program_gets_json_all_at_once_or_page_by_page()
    {
        await using var gate = await TestGate.Start([("b.bin", 20), ("a.bin", 10), ("c.bin", 30)]);

        var all = await Ask(gate, "", ("Accept", "*/*"), ("User-Agent", "curl/8"));
        all.Json["files"]!.AsArray().Count.ShouldBe(3);
        (await Ask(gate, "", ("User-Agent", "Python-urllib/3.11"))).Json["files"]!.AsArray().Count.ShouldBe(3);
        all.Json["files"]![0]!["modified_at"]!.GetValue<string>().ShouldBe("2026-03-01T12:00:00Z");
        all.Json["next"].ShouldBeNull();

        var paths = new List<string>();
        string? after = "";
        while (after is not null)
        {
            var page = (await Ask(gate, $"?limit=2&after={after}")).Json;
            paths.AddRange(page["files"]!.AsArray().Select(f => f!["path"]!.GetValue<string>()));
            after = page["next"]?.GetValue<string>();
        }

        paths.ShouldBe(["a.bin", "b.bin", "c.bin"]);
        foreach (var wrong in new[] { "?limit=0", "?limit=10001", "?limit=x", "?after=a", "?limit=1&limit=2" })
        {
            (await Ask(gate, wrong)).Status.ShouldBe(HttpStatusCode.BadRequest);
        }
    }

    private static string Basic(string name, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    private static List<string> Links(Fetched page) => [.. Encoding.UTF8.GetString(page.Bytes).Split("href=\"").Skip(1).Select(l => l[..l.IndexOf('"', StringComparison.Ordinal)])];

    private static async Task<Fetched> Ask(TestGate gate, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, gate.World.UrlOf(path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await gate.Send(request);
    }
}
