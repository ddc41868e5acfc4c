using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Json;
using Tallystick.Core.Transparency;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary><c>tally verify</c> as a stranger runs it: a file, a key, no network.</summary>
public sealed class VerifyTests : IDisposable
{
    private const string Origin = "log.example/tally";
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly NoteSigningKey _log = new(Origin, NoteKeyType.Ed25519, Salt);
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-verify-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public VerifyTests() => _environment["TALLY_PROFILES"] = Path.Combine(_folder, "profiles");

    public static TheoryData<string> Kinds() => [.. Enum.GetValues<ReceiptKind>().Select(k => k.Name())];

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_good_receipt_of_every_kind_is_valid(string kind)
    {
        ReceiptKinds.TryParse(kind, out var parsed).ShouldBeTrue();

        var ran = await Verify(Receipt(parsed).ToJson(), "--json");

        ran.ExitCode.ShouldBe(0, ran.Output + ran.Errors);
        var said = JsonNode.Parse(ran.Output)!;
        said["valid"]!.GetValue<bool>().ShouldBeTrue();
        said["kind"]!.ToString().ShouldBe(kind);
        said["content"]!["about"]!.ToString().ShouldBe("lic_1");
    }

    [Fact]
    public async Task A_usage_receipt_shows_the_event_and_the_seal_that_counts_it()
    {
        var ran = await Verify(Usage());

        ran.ExitCode.ShouldBe(0, ran.Output + ran.Errors);
        ran.Output.ShouldContain("bytes_delivered");
        ran.Output.ShouldContain("this seal counts the event");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_single_value_of_the_file_is_falsified_it_proves_nothing(bool usage)
    {
        var good = usage ? Usage() : Receipt(ReceiptKind.LicenceGranted).ToJson();
        var places = Values(good).ToList();
        places.Count.ShouldBeGreaterThan(usage ? 20 : 12);

        foreach (var place in places)
        {
            var file = JsonNode.Parse(good.ToJsonString())!.AsObject();
            Falsify(file, place);
            var ran = await Verify(file);
            ran.ExitCode.ShouldBe(1, $"{place} was falsified:\n{ran.Output}");
            ran.Output.ShouldContain("This file proves nothing.");
        }
    }

    [Fact]
    public async Task Another_key_of_the_same_name_and_another_logs_checkpoint_prove_nothing()
    {
        using var forger = new NoteSigningKey(Origin, NoteKeyType.Ed25519, new byte[32]);
        using var other = new NoteSigningKey("other.example/log", NoteKeyType.Ed25519, Salt);
        var good = Receipt(ReceiptKind.PayoutMade).ToJson();

        (await Run(Write(good), forger.Verifier.ToString())).ExitCode.ShouldBe(1);
        (await Run(Write(good), other.Verifier.ToString())).ExitCode.ShouldBe(1);
        (await Verify(Receipt(ReceiptKind.PayoutMade, other).ToJson())).ExitCode.ShouldBe(1);
        (await Verify(Receipt(ReceiptKind.PayoutMade, forger).ToJson())).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_is_remembered_and_another_one_is_noticed_the_next_time()
    {
        using var forger = new NoteSigningKey(Origin, NoteKeyType.Ed25519, new byte[32]);
        var good = Write(Receipt(ReceiptKind.LicenceGranted).ToJson());
        (await Run(good, null)).ExitCode.ShouldBe(64, "no key is known yet");
        (await Run(good, _log.Verifier.ToString())).ExitCode.ShouldBe(0);

        (await Run(good, null)).ExitCode.ShouldBe(0);

        var swapped = await Run(Write(Receipt(ReceiptKind.LicenceGranted, forger).ToJson()), forger.Verifier.ToString());
        swapped.ExitCode.ShouldBe(1);
        swapped.Output.ShouldContain("pinned_key");
    }

    [Fact]
    public async Task What_is_no_receipt_is_told_and_never_a_crash()
    {
        var text = Receipt(ReceiptKind.LicenceGranted).ToJson().ToJsonString();
        foreach (var broken in (string[])["", "{", "[]", "null", "\0", text[..(text.Length / 2)], text + text, "{\"format\":\"tallystick-receipt/v1\"}"])
        {
            var file = Path.Combine(_folder, "broken.json");
            await File.WriteAllTextAsync(file, broken, TestContext.Current.CancellationToken);
            var ran = await Run(file, _log.Verifier.ToString());
            ran.ExitCode.ShouldBe(1, broken);
            ran.Errors.ShouldNotContain("   at ");
        }
    }

    [Fact]
    public async Task What_is_typed_wrong_or_too_large_has_a_code_of_its_own()
    {
        var huge = Path.Combine(_folder, "huge.json");
        await using (var stream = File.Create(huge))
        {
            stream.SetLength(4L << 30);
        }

        (await Run(huge, _log.Verifier.ToString())).ExitCode.ShouldBe(64);
        (await Run(Path.Combine(_folder, "none.json"), _log.Verifier.ToString())).ExitCode.ShouldBe(64);
        (await Run(Write(Usage()), "no+key")).ExitCode.ShouldBe(64);
    }

    [Fact]
    public async Task It_works_where_there_is_no_network_at_all()
    {
        var file = Write(Usage());
        var possible = await TallyProgram.Run(_environment, "/usr/bin/env", "unshare", "-n", "true");
        Assert.SkipUnless(possible.ExitCode == 0, "a process without a network cannot be made here");

        var ran = await TallyProgram.Run(
            _environment, "/usr/bin/env", "unshare", "-n", TallyProgram.Path, "verify", file, "--key", _log.Verifier.ToString());

        ran.ExitCode.ShouldBe(0, ran.Output + ran.Errors);
    }

    private Task<Scripts.Ran> Verify(JsonObject receipt, params string[] more) => Run(Write(receipt), _log.Verifier.ToString(), more);

    private Task<Scripts.Ran> Run(string file, string? key, params string[] more) => TallyProgram.Run(
        _environment, TallyProgram.Path, ["verify", file, .. key is null ? (string[])[] : ["--key", key], .. more]);

    private string Write(JsonObject receipt)
    {
        var file = Path.Combine(_folder, "receipt.json");
        File.WriteAllText(file, receipt.ToJsonString());
        return file;
    }

    /// <summary>Where single values stand: <c>log.inclusion.0</c>.</summary>
    private static IEnumerable<string> Values(JsonNode? node, string at = "") => node switch
    {
        JsonObject members => members.SelectMany(m => Values(m.Value, $"{at}.{m.Key}")),
        JsonArray items => items.SelectMany((item, i) => Values(item, string.Create(CultureInfo.InvariantCulture, $"{at}.{i}"))),
        _ => [at[1..]],
    };

    private static void Falsify(JsonObject file, string place)
    {
        JsonNode node = file;
        foreach (var step in place.Split('.'))
        {
            node = node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : node[step]!;
        }

        node.ReplaceWith(node.GetValueKind() == System.Text.Json.JsonValueKind.Number
            ? JsonValue.Create(node.GetValue<long>() + 1)
            : JsonValue.Create(Changed(node.ToString())));
    }

    // In the middle, so that of base64 a real byte changes and of a checkpoint something that is signed or signs.
    private static string Changed(string text)
    {
        var at = text.Length / 2;
        return text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];
    }

    private LogReceipt Receipt(ReceiptKind kind, NoteSigningKey? by = null) =>
        Logged(kind, new JsonObject { ["about"] = "lic_1", ["price"] = 500 }, by ?? _log);

    private JsonObject Usage()
    {
        var events = Enumerable.Range(0, 5)
            .Select(i => new JsonObject { ["seq"] = i, ["meter"] = "bytes_delivered", ["quantity"] = 10 + i }).ToList();
        byte[] SaltOf(int i) => SealTree.Salt(Salt, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"epoch/{i}")));
        var tree = new SealTree([.. events.Select((e, i) => SealTree.Leaf(SaltOf(i), CanonicalJson.Bytes(e)))]);
        var opening = new JsonObject { ["root"] = tree.Root.ToString(), ["count"] = tree.Count, ["seal"] = "sea_1" };
        return new UsageReceipt(events[2], SaltOf(2), tree.Prove(2), Logged(ReceiptKind.UsageSealed, opening, _log)).ToJson();
    }

    private static LogReceipt Logged(ReceiptKind kind, JsonObject opening, NoteSigningKey by)
    {
        var bare = new LogReceipt(kind, opening, Salt, new TlogProof(3, [], ""));
        var tree = new SealTree([.. Enumerable.Range(0, 10)
            .Select(i => i == 3 ? MerkleHash.OfLeaf(bare.Leaf.ToBytes()) : MerkleHash.OfLeaf([(byte)i]))]);
        var checkpoint = new Checkpoint(by.Verifier.Name, tree.Count, tree.Root);
        return bare with { Proof = new TlogProof(3, tree.Prove(3).Path, checkpoint.Sign(by).ToString()) };
    }
}
