using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tallystick.Core.Ids;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>The command line as a process: by itself, and against a server, a gate and the payment simulator.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-cli-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    /// <summary>What ids of this product begin with.</summary>
    private static readonly string[] Prefixes = [.. typeof(TypedId).Assembly.GetTypes()
        .Where(type => type.IsValueType && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITypedId<>)))
        .Select(type => (string)type.GetProperty("Prefix")!.GetValue(null)!)];

    public CommandLineTests() => _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("sign-up")]
    [InlineData("publish")]
    [InlineData("offer")]
    [InlineData("rule")]
    [InlineData("buy")]
    [InlineData("top-up")]
    [InlineData("pull")]
    [InlineData("billing-run")]
    [InlineData("set-aside")]
    [InlineData("trace")]
    [InlineData("verify")]
    [InlineData("keys", "create")]
    [InlineData("reset-password")]
    [InlineData("close-account")]
    [InlineData("draft", "remove")]
    [InlineData("draft", "discard")]
    [InlineData("invitations", "accept")]
    [InlineData("payout-minimum")]
    [InlineData("payout")]
    [InlineData("payout-account")]
    [InlineData("login")]
    [InlineData("whoami")]
    [InlineData("keys", "list")]
    [InlineData("keys", "revoke")]
    [InlineData("draft", "files")]
    [InlineData("works")]
    [InlineData("work")]
    [InlineData("withdraw")]
    [InlineData("refund")]
    [InlineData("wallet")]
    [InlineData("licences")]
    [InlineData("licence")]
    [InlineData("renew")]
    [InlineData("revoke")]
    [InlineData("usage")]
    [InlineData("statement")]
    [InlineData("payouts")]
    [InlineData("invitations", "list")]
    [InlineData("invitations", "decline")]
    [InlineData("invitations", "end")]
    [InlineData("receipts")]
    [InlineData("receipt")]
    [InlineData("log", "checkpoint")]
    [InlineData("log", "key")]
    public async Task Every_command_shows_an_example(params string[] command)
    {
        var help = await Tally([.. command, "--help"]);

        help.ExitCode.ShouldBe(0, help.Errors);
        help.Output.ShouldContain("Example:");
        help.Output.ShouldContain($"tally {string.Join(' ', command)}");
        foreach (Match id in Regex.Matches(help.Output, "\\b([a-z]+)_0"))
        {
            Prefixes.ShouldContain(id.Groups[1].Value, id.Value);
        }
    }

    [Fact]
    public async Task Every_command_that_takes_something_stands_among_those_with_an_example()
    {
        var shown = (await Tally("--help")).Output.Split("Commands:")[1].Split('\n')
            .Select(line => Regex.Match(line, "^  ([a-z-]+)").Groups[1].Value).Where(name => name.Length > 0);
        var covered = typeof(CommandLineTests).GetMethod(nameof(Every_command_shows_an_example))!
            .GetCustomAttributes<InlineDataAttribute>().Select(data => $"{data.Data.First()}");

        // These two are about this program itself.
        shown.Except(covered).ShouldBe(["doctor", "xrpl"]);
    }

    [Theory]
    [InlineData("set-aside abc", "ID is a whole number, not 'abc'.")]
    [InlineData("works --limit x", "--limit is a whole number, not 'x'.")]
    [InlineData("trace pay_1 --line x", "--line is a whole number, not 'x'.")]
    [InlineData("usage --by week", "--by is hour or day, not 'week'.")]
    [InlineData("publsh", "Is 'publish' meant?")]
    [InlineData("wallet --jsn", "Is '--json' meant?")]
    [InlineData("draft", "tally draft discard")]
    [InlineData("buy off_1 off_2", "'off_2' is one argument too many for tally buy")]
    public async Task A_wrong_argument_is_told_in_plain_words(string typed, string told)
    {
        var ran = await Tally(typed.Split(' '));

        ran.ExitCode.ShouldBe(64, ran.Errors);
        ran.Errors.ShouldContain(told);
        ran.Errors.ShouldContain("--help");
        ran.Errors.ShouldNotContain("System.");
    }

    [Fact]
    public async Task A_refund_window_is_refused_with_a_price_per_use()
    {
        var ran = await Tally("offer", "wrk_01jd0000000000000000000000", "--price", "0.05 USD per MB", "--refund-days", "3");

        ran.ExitCode.ShouldBe(64);
        ran.Errors.ShouldContain("--refund-days goes with a price paid once");
    }

    [Fact]
    public async Task What_is_typed_wrong_is_told_from_what_is_refused_and_from_what_is_away()
    {
        (await Tally("offer", "wrk_1")).ExitCode.ShouldBe(64);
        var price = await Tally("offer", "wrk_1", "--price", "cheap");
        price.ExitCode.ShouldBe(64);
        price.Errors.ShouldContain("0.05 USD per MB");
        var nothing = await Tally("offer", "--json");
        nothing.ExitCode.ShouldBe(64);
        JsonNode.Parse(nothing.Output)!["detail"]!.ToString().ShouldContain("'WORK' missing");
        JsonNode.Parse((await Tally("frobnicate", "--json")).Output)!["detail"]!.ToString().ShouldContain("'frobnicate'");

        var refund = await Tally("refund", "5");
        refund.ExitCode.ShouldBe(64);
        refund.Errors.ShouldContain("'20 USD'");
        var nobody = await Tally("wallet", "--as", "nobody");
        nobody.ExitCode.ShouldBe(64);
        nobody.Errors.ShouldContain("none is saved yet");

        var away = await Tally("works", "--server", "http://127.0.0.1:9");
        away.ExitCode.ShouldBe(69);
        away.Errors.ShouldContain("./tally up");
    }

    [Fact]
    public async Task A_work_is_sold_pulled_and_revoked_from_the_command_line()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        _environment["TALLY_SERVER_URL"] = $"http://127.0.0.1:{installation.Environment["TALLY_SERVER_PORT"]}";
        _environment["TALLY_GATE_URL"] = $"http://127.0.0.1:{installation.Environment["TALLY_GATE_PORT"]}";
        _environment["TALLY_PASSWORD"] = "a long enough password";
        await Json("sign-up", "--name", "Lab", "--email", "lab@example.org", "--role", "creator", "--save-as", "lab");
        await Json("sign-up", "--name", "Maker", "--email", "maker@example.org", "--role", "buyer", "--save-as", "maker");

        var anonymous = await Tally("wallet");
        anonymous.ExitCode.ShouldBe(1);
        anonymous.Errors.ShouldContain("saved are: lab, maker");

        var work = await Publish();
        await Drafts(work);
        var perShard = Text(await Json("offer", work, "--price", "0.10 USD per shard", "--as", "lab"), "offer_id");
        var once = Text(await Json("offer", work, "--price", "5 USD once", "--as", "lab"), "offer_id");

        var topUp = await Json("top-up", "20 USD", "--as", "maker");
        await Pay(installation, Text(topUp, "checkout_url"));
        await Installation.Until(
            async () => (await Json("wallet", "--as", "maker"))["balance"]!["minor"]!.GetValue<long>() == 2_000, "the top-up arrived");

        var licence = Text(await Json("buy", perShard, "--as", "maker"), "licence_id");
        await Pulls(work, licence);
        var early = await Receipt(licence, "licence_granted");
        await Bought(installation, once);

        (await Json("revoke", licence, "--reason", "The terms were broken", "--as", "lab"))["status"]!.ToString().ShouldBe("invalid");
        await Installation.Until(
            async () => (await Tally("pull", licence, "--to", Path.Combine(_folder, "again"), "--as", "maker")) is
            { ExitCode: 1 } refused && refused.Errors.Contains("The terms were broken", StringComparison.Ordinal),
            "the gate refuses and says why");
        await Continues(early, await Receipt(licence, "licence_revoked"));
    }

    /// <summary>A receipt as soon as it has its place in the log, in a file.</summary>
    private async Task<string> Receipt(string about, string kind)
    {
        var file = Path.Combine(_folder, kind + ".json");
        string? id = null;
        await Installation.Until(
            async () => (id = (await Json("receipts", "--kind", kind, "--about", about, "--as", "maker"))["items"]!.AsArray()
                .FirstOrDefault(r => r!["log_index"] is not null)?["id"]!.ToString()) is not null,
            $"{kind} is in the log");
        await Json("receipt", id!, "--out", file, "--as", "maker");
        return file;
    }

    /// <summary>Two receipts of the served log, hours apart for all that their holder knows, are joined by what it serves.</summary>
    private async Task Continues(string early, string late)
    {
        var key = Path.Combine(_folder, "log.vkey");
        await File.WriteAllTextAsync(key, (await Tally("log", "key")).Output, TestContext.Current.CancellationToken);
        async Task<string> Verify(string file) => Text(await Json("verify", file, "--key", key), "continuity");

        (await Verify(early)).ShouldBe("first");
        (await Verify(late)).ShouldBe("newer");
        (await Verify(early)).ShouldBe("older");
    }

    private async Task<string> Publish()
    {
        var source = Path.Combine(_folder, "digits");
        Directory.CreateDirectory(source);
        for (var shard = 0; shard < 3; shard++)
        {
            await File.WriteAllTextAsync(
                Path.Combine(source, $"shard-{shard}.csv"), new string((char)('a' + shard), 90_000), TestContext.Current.CancellationToken);
        }

        string[] publish = ["publish", source, "--title", "Letters", "--source-name", "A test", "--source-licence", "CC0-1.0", "--as", "lab"];
        var first = await Json(publish);
        first["uploaded"]!.GetValue<int>().ShouldBe(3);
        var again = await Json(publish);
        again["unchanged"]!.GetValue<bool>().ShouldBeTrue();

        await File.WriteAllTextAsync(Path.Combine(source, "shard-3.csv"), "new", TestContext.Current.CancellationToken);
        var second = await Json(publish);
        (second["number"]!.GetValue<int>(), Text(second, "work_id")).ShouldBe((2, Text(first, "work_id")));
        return Text(first, "work_id");
    }

    /// <summary>What an upload that was cut off has left is shown, thinned out and discarded.</summary>
    private async Task Drafts(string work)
    {
        var profile = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(_folder, "profiles", "lab.json"), TestContext.Current.CancellationToken))!;
        using var http = new HttpClient { BaseAddress = new Uri(profile["server"]!.ToString()) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", profile["api_key"]!.ToString());
        using var made = await http.PostAsync(new Uri($"v1/works/{work}/versions", UriKind.Relative), null, TestContext.Current.CancellationToken);
        var draft = JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["version_id"];
        foreach (var name in new[] { "private%20notes.txt", "shard-0.csv" })
        {
            using var content = new StringContent(name);
            using var stored = await http.PutAsync(
                new Uri($"v1/works/{work}/versions/{draft}/files/{name}", UriKind.Relative), content, TestContext.Current.CancellationToken);
            stored.EnsureSuccessStatusCode();
        }

        (await Json("draft", "files", work, "--as", "lab"))["items"]!.AsArray().Select(f => f!["path"]!.ToString())
            .ShouldBe(["private notes.txt", "shard-0.csv"]);
        await Json("draft", "remove", work, "private notes.txt", "--as", "lab");
        (await Tally("draft", "remove", work, "private notes.txt", "--as", "lab")).ExitCode.ShouldBe(1);
        (await Json("draft", "discard", work, "--as", "lab"))["discarded"]!.ToString().ShouldBe(draft!.ToString());
        (await Tally("draft", "discard", work, "--as", "lab")).Output.ShouldContain("no draft");
        (await Tally("draft", "files", work, "--as", "lab")).Errors.ShouldContain("no draft");
        (await Json("work", work, "--as", "lab"))["versions"]!.AsArray().Count.ShouldBe(2);
    }

    private async Task Pulls(string work, string licence)
    {
        var target = Path.Combine(_folder, "pulled");
        await Installation.Until(
            async () => (await Tally("pull", work, "--to", target, "--pass", "one", "--as", "maker")).ExitCode == 0,
            "the gate knows work and licence");
        (await File.ReadAllTextAsync(Path.Combine(target, "shard-2.csv"), TestContext.Current.CancellationToken))
            .ShouldBe(new string('c', 90_000));
        var again = await Json("pull", licence, "--to", target, "--pass", "one", "--as", "maker");
        (again["skipped"]!.GetValue<int>(), again["bytes_received"]!.GetValue<long>()).ShouldBe((4, 0L));
        var first = await Json("pull", work, "--version", "1", "--to", target, "--pass", "one", "--as", "maker");
        first["left"]!.AsArray().Select(f => (string)f!["path"]!).ShouldBe(["shard-3.csv"]);
        var pruned = await Json("pull", work, "--version", "1", "--to", target, "--pass", "one", "--prune", "--as", "maker");
        pruned["removed"]!.AsArray().Select(f => (string)f!).ShouldBe(["shard-3.csv"]);

        JsonNode? used = null;
        await Installation.Until(
            async () => (used = (await Json("usage", "--licence", licence, "--as", "maker"))["usage"]!.AsArray()
                .FirstOrDefault(u => u!["meter"]!.ToString() == "segment_unlocked"))?["quantity"]!.GetValue<long>() == 4,
            "four uses are counted");
        used!["work_id"]!.ToString().ShouldBe(work);
    }

    private async Task Bought(Installation installation, string offer)
    {
        var file = Path.Combine(_folder, "licence.jwt");
        using var buying = Start("buy", offer, "--out", file, "--as", "maker");
        // The address to pay at is said at once, while the command waits.
        (await buying.StandardError.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldStartWith("Pay 5.00 USD");
        await Pay(installation, (await buying.StandardError.ReadLineAsync(TestContext.Current.CancellationToken))!);
        await buying.WaitForExitAsync(TestContext.Current.CancellationToken);
        buying.ExitCode.ShouldBe(0);

        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var pulled = await Json("pull", file, "--to", Path.Combine(_folder, "with-a-file"));
        pulled["files"]!.GetValue<int>().ShouldBe(4);
    }

    private static Uri Stripe(Installation installation) => new($"http://127.0.0.1:{installation.Environment["TALLY_STRIPE_PORT"]}");

    private static async Task Pay(Installation installation, string checkoutUrl)
    {
        using var simulator = new HttpClient { BaseAddress = Stripe(installation) };
        using var nothing = new FormUrlEncodedContent([]);
        using var paid = await simulator.PostAsync(
            new Uri($"/_sim/sessions/{checkoutUrl[(checkoutUrl.LastIndexOf('/') + 1)..]}/pay", UriKind.Relative), nothing,
            TestContext.Current.CancellationToken);
        paid.EnsureSuccessStatusCode();
    }

    private static string Text(JsonObject answer, string member) => answer[member]!.ToString();

    private async Task<JsonObject> Json(params string[] arguments)
    {
        var ran = await Tally([.. arguments, "--json"]);
        ran.ExitCode.ShouldBe(0, ran.Errors);
        return JsonNode.Parse(ran.Output)!.AsObject();
    }

    private Task<Ran> Tally(params string[] arguments) => TallyProgram.Run(_environment, TallyProgram.Path, arguments);

    private Process Start(params string[] arguments) => TallyProgram.Start(_environment, TallyProgram.Path, arguments);
}
