using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tallystick.EndToEnd.Tests.Faults;

namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>The commands of docs/operations.md, taken out of the page and run as somebody would who has nothing else to go by.</summary>
public sealed partial class OperationsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Installation.Repository, "docs", "operations.md"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_page_does_what_the_page_says()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not here");
        await using var installation = new Installation();
        var backups = Directory.CreateDirectory(Path.Combine(installation.Folder, "backups")).FullName;
        installation.Environment["BACKUPS"] = backups;
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        var before = await Sell(installation);

        await Succeeds(installation, "How it is");
        File.ReadAllText(Path.Combine(backups, "server.metrics")).ShouldContain("tally_outbox_waiting ");
        File.ReadAllText(Path.Combine(backups, "gate.metrics")).ShouldContain("tally_gate_deliveries ");
        await Succeeds(installation, "Backup");
        await Succeeds(installation, "Restore");
        (await Entries(installation)).ShouldBe(before, "nothing happened since the backup");

        await Sell(installation);
        await Succeeds(installation, "Upgrade");
        (await installation.IsReady("TALLY_SERVER_PORT")).ShouldBeTrue();
        foreach (var damaged in Directory.GetDirectories(installation.Folder, "data.damaged-*"))
        {
            Directory.Delete(damaged, recursive: true);
        }
    }

    [Fact]
    public void Every_block_of_commands_is_among_those_that_are_run() => Headings().ShouldBe(
        ["How it is", "How it is", "How it is", "Backup", "Restore", "Upgrade"]);

    private static async Task Succeeds(Installation installation, string heading)
    {
        var ran = await Run(installation, heading);
        ran.ExitCode.ShouldBe(0, $"{heading}: {ran.Output}{ran.Errors}");
    }

    /// <summary>All commands under a heading, in the folder of the repository, up to the first that fails.</summary>
    private static Task<Ran> Run(Installation installation, string heading)
    {
        var commands = string.Concat(Blocks().Where(b => b.Heading == heading).Select(b => b.Commands));
        return installation.Run("/bin/bash", "-euc", $"cd '{Installation.Repository}'\n{commands}");
    }

    private static IEnumerable<string> Headings() => Blocks().Select(b => b.Heading);

    private static IEnumerable<(string Heading, string Commands)> Blocks()
    {
        var heading = "";
        foreach (var part in Parts().Matches(Page).Select(m => m.Groups))
        {
            heading = part["heading"].Success ? part["heading"].Value : heading;
            if (part["commands"].Success)
            {
                yield return (heading, part["commands"].Value);
            }
        }
    }

    /// <summary>A licence is granted, which leaves a receipt in the log; how many entries that then has.</summary>
    private static async Task<long> Sell(Installation installation)
    {
        using var server = new Calls(installation.Place.ServerUrl);
        var before = await Entries(installation);
        var email = $"{Guid.CreateVersion7():N}@example.org";
        using var http = new HttpClient { BaseAddress = new Uri(installation.Place.ServerUrl) };
        using var signUp = await http.PostAsJsonAsync(
            "/v1/organisations", new { name = "Ada", email, password = "correct horse battery", roles = new[] { "creator", "buyer" } }, Stop);
        var key = (string)JsonNode.Parse(await signUp.Content.ReadAsStringAsync(Stop))!["api_key"]!;
        var work = await server.Post("/v1/works", key, new { title = "Heights", description = "Of hills", source = new { name = "Survey", licence = "CC0-1.0" } });
        var version = await server.Post($"/v1/works/{work["work_id"]}/versions", key, null);
        await server.Upload($"/v1/works/{work["work_id"]}/versions/{version["version_id"]}/files/a.csv", key, [1, 2, 3]);
        await server.Post($"/v1/works/{work["work_id"]}/versions/{version["version_id"]}/publish", key, null);
        var offer = await server.Post($"/v1/works/{work["work_id"]}/offers", key, new
        {
            terms = new { rights_scope = new[] { "ai-train" }, valid_days = 30 },
            price = new { amount = new { minor = 10, currency = "USD" }, meter = "segment_unlocked", per = 1 },
        });
        await server.Post("/v1/licences", key, new { offer_id = (string)offer["offer_id"]! });
        return await Calls.Until(() => Entries(installation), size => size > before, "the licence to stand in the log");
    }

    private static async Task<long> Entries(Installation installation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(installation.Place.ServerUrl) };
        using var answer = await http.GetAsync("/log/checkpoint", Stop);
        return answer.IsSuccessStatusCode ? long.Parse((await answer.Content.ReadAsStringAsync(Stop)).Split('\n')[1], CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^#+ (?<heading>.+)$|^```sh\n(?<commands>[\s\S]*?)^```$", RegexOptions.Multiline)]
    private static partial Regex Parts();
}
