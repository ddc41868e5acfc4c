using System.Text.Json.Nodes;
using Tallystick.Core.Transparency;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary><c>tally verify</c> remembers what a log showed, so that a log with two faces is caught.</summary>
public sealed class SplitViewTests : IAsyncDisposable
{
    private readonly NoteSigningKey _key = new("log.example/tally", NoteKeyType.Ed25519, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-split-").FullName;
    private readonly Dictionary<string, string> _environment = [];
    private readonly StaticLog _log;

    public SplitViewTests()
    {
        _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");
        _log = new StaticLog(_key);
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_log_that_only_grows_is_joined_with_what_was_seen_of_it_in_whatever_order()
    {
        var entries = StaticLog.Grown(40);
        _log.Entries = entries;

        (await Valid(entries[..10], 3)).ShouldBe("first");
        _log.Requests.ShouldBe(0, "the first one asks nobody");
        (await Valid(entries[..10], 4)).ShouldBe("same");
        _log.Requests.ShouldBe(0);
        (await Valid(entries[..20], 3)).ShouldBe("newer");
        (await Valid(entries[..7], 3)).ShouldBe("older");
        (await Valid(entries, 39)).ShouldBe("same", "the newest one that the log showed is what is remembered");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task Two_views_of_one_log_are_a_loud_failure_that_keeps_both(int size)
    {
        _log.Entries = StaticLog.Grown(30);
        await Valid(StaticLog.Grown(10), 3);

        var ran = await Verify(StaticLog.Receipt(_key, StaticLog.Grown(size, rewrittenFrom: 5), 3));

        ran.ExitCode.ShouldBe(1, ran.Output + ran.Errors);
        ran.Output.ShouldContain("has forked");
        ran.Output.ShouldContain("Rely on none of its receipts");
        var evidence = Directory.GetDirectories(Path.Combine(_folder, "profiles", "log-checkpoints", "evidence"), "*", SearchOption.AllDirectories)[^1];
        Directory.GetFiles(evidence).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["first.checkpoint", "log.vkey", "second.checkpoint"]);
        foreach (var file in Directory.GetFiles(evidence, "*.checkpoint"))
        {
            SignedNote.TryParse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), out var note).ShouldBeTrue();
            VerifierKey.Verify(note, [_key.Verifier]).ShouldBeOfType<NoteVerdict.Verified>();
        }

        (await Valid(StaticLog.Grown(10), 4)).ShouldBe("same", "what was seen first stays remembered");
    }

    [Fact]
    public async Task What_the_log_says_now_must_continue_what_it_said_then()
    {
        await Valid(StaticLog.Grown(10), 3);
        _log.Entries = StaticLog.Grown(30, rewrittenFrom: 12);

        var forked = await Verify(StaticLog.Receipt(_key, StaticLog.Grown(20), 3));
        _log.Entries = StaticLog.Grown(15);
        var wentBack = await Verify(StaticLog.Receipt(_key, StaticLog.Grown(20), 3));

        (forked.ExitCode, wentBack.ExitCode).ShouldBe((1, 1));
        forked.Output.ShouldContain("has forked");
        wentBack.Output.ShouldContain("went back: it signed 20 entries and now says that it has 15");
    }

    [Fact]
    public async Task Where_nothing_can_be_asked_nothing_is_claimed()
    {
        await Valid(StaticLog.Grown(10), 3);
        var newer = StaticLog.Receipt(_key, StaticLog.Grown(20), 3);
        using var stranger = new NoteSigningKey("other.example/log", NoteKeyType.Ed25519, new byte[32]);
        await using var other = new StaticLog(stranger) { Entries = StaticLog.Grown(30) };

        (await Verify(newer, "--log", "http://127.0.0.1:9/log")).ExitCode.ShouldBe(69);
        (await Verify(newer, "--log", other.Address)).ExitCode.ShouldBe(64);
        var offline = await Verify(newer, "--offline", "--json");
        offline.ExitCode.ShouldBe(0, offline.Errors);
        JsonNode.Parse(offline.Output)!["continuity"]!.ToString().ShouldBe("not_proven");
        var fork = await Verify(StaticLog.Receipt(_key, StaticLog.Grown(10, rewrittenFrom: 5), 3), "--offline");
        fork.ExitCode.ShouldBe(1, "two trees of one size need nobody to be asked");
    }

    private async Task<string> Valid(MerkleHash[] entries, int index)
    {
        var ran = await Verify(StaticLog.Receipt(_key, entries, index), "--json");
        ran.ExitCode.ShouldBe(0, ran.Output + ran.Errors);
        return JsonNode.Parse(ran.Output)!["continuity"]!.ToString();
    }

    private async Task<Scripts.Ran> Verify(JsonObject receipt, params string[] more)
    {
        var file = Path.Combine(_folder, "receipt.json");
        await File.WriteAllTextAsync(file, receipt.ToJsonString(), TestContext.Current.CancellationToken);
        string[] log = more.Contains("--log") ? [] : ["--log", _log.Address];
        return await TallyProgram.Run(
            _environment, TallyProgram.Path, ["verify", file, "--key", _key.Verifier.ToString(), .. log, .. more]);
    }
}
