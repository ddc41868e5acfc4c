using System.Text.Json.Nodes;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>Which of the licences held is pulled with, and that it is said what it costs.</summary>
public sealed class LicenceToPullTests : IDisposable
{
    private const string Work = "wrk_01jd0000000000000000000000";
    private const string Metered = "01jd0000000000000000000001";
    private const string Once = "01jd0000000000000000000002";

    private readonly string _folder = Directory.CreateTempSubdirectory("tally-pull-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public LicenceToPullTests()
    {
        _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");
        _environment["TALLY_API_KEY"] = "tsk_known";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_paid_once_is_used_though_a_licence_paid_per_use_is_newer()
    {
        await using var server = new Echo(Answer);

        var ran = await Pull(server, Work);

        ran.ExitCode.ShouldBe(0, ran.Errors);
        ran.Errors.ShouldContain($"Using licence lic_{Once}: it was paid once, nothing more is charged. You hold 1 more");
        server.Heads.ShouldContain(head => head.StartsWith("GET /w/", StringComparison.Ordinal) && head.Contains($"Bearer token-{Once}"));
    }

    [Fact]
    public async Task The_licence_that_is_named_is_used_and_its_price_is_said()
    {
        await using var server = new Echo(Answer);

        var chosen = await Pull(server, Work, "--licence", $"lic_{Metered}");
        var named = await Pull(server, $"lic_{Metered}");
        var both = await Pull(server, $"lic_{Metered}", "--licence", $"lic_{Once}");

        chosen.Errors.ShouldContain($"Using licence lic_{Metered}: 0.10 USD per file, charged to the wallet.");
        named.Errors.ShouldBe(chosen.Errors);
        both.ExitCode.ShouldBe(64);
        server.Heads.Where(head => head.StartsWith("GET /w/", StringComparison.Ordinal)).ShouldAllBe(head => head.Contains($"Bearer token-{Metered}"));
    }

    private static Canned? Answer(string path) => path.Split('?')[0] switch
    {
        "/v1/licences" => Json(new JsonObject { ["items"] = new JsonArray(Licence(Metered), Licence(Once)) }),
        $"/v1/licences/lic_{Metered}" => Json(Licence(Metered)),
        $"/v1/licences/lic_{Once}" => Json(Licence(Once)),
        $"/v1/offers/off_{Metered}" => Json(Offer(Metered, 10, "segment_unlocked", "0.10 USD per file")),
        $"/v1/offers/off_{Once}" => Json(Offer(Once, 500, "none", "5.00 USD once")),
        $"/w/{Work}/" => Json(new JsonObject { ["files"] = new JsonArray() }),
        _ => null,
    };

    private static JsonObject Licence(string digits) => new()
    {
        ["licence_id"] = $"lic_{digits}", ["offer_id"] = $"off_{digits}", ["work_id"] = Work,
        ["creator"] = "org_01jd0000000000000000000000", ["pseudonym"] = "byr_01jd0000000000000000000000", ["status"] = "valid",
        ["not_before"] = "2020-01-01T00:00:00Z", ["expires"] = "2099-01-01T00:00:00Z", ["token"] = $"token-{digits}",
    };

    private static JsonObject Offer(string digits, long minor, string meter, string text) => new()
    {
        ["offer_id"] = $"off_{digits}", ["work_id"] = Work, ["title"] = "Letters", ["creator"] = "org_01jd0000000000000000000000",
        ["price"] = new JsonObject
        {
            ["amount"] = new JsonObject { ["minor"] = minor, ["currency"] = "USD" }, ["meter"] = meter, ["per"] = 1, ["text"] = text,
        },
        ["terms"] = new JsonObject
        {
            ["rights_scope"] = new JsonArray("ai-train"), ["transforms"] = new JsonArray(), ["valid_days"] = 365,
            ["max_uses"] = null,
            ["territories"] = new JsonArray(), ["attribution"] = false, ["refund_days"] = 0,
        },
        ["hash"] = "", ["summary"] = "", ["on_sale"] = true,
    };

    private static Canned Json(JsonObject body) => new(200, body.ToJsonString());

    private Task<Ran> Pull(Echo server, params string[] what) => TallyProgram.Run(
        _environment, TallyProgram.Path,
        ["pull", .. what, "--to", Path.Combine(_folder, "to"), "--server", server.Address, "--gate", server.Address]);
}
