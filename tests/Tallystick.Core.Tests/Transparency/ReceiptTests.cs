using FsCheck;
using FsCheck.Fluent;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Json;
using Tallystick.Core.Transparency;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>Receipts: what a good one proves and which check catches each way of changing it.</summary>
public sealed class ReceiptTests
{
    private const string Origin = "log.example/tally";

    private static readonly NoteSigningKey LogKey = SignedNoteTests.Key(Origin, 1);

    private static readonly byte[] Salt = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void A_leaf_is_small_canonical_and_says_only_its_kind()
    {
        var receipt = Grant(out _);

        // Made with another tool: SHA-256 of the bytes 0 to 31 and {"buyer":"byr_1","licence":"lic_1","price":500}.
        Encoding.UTF8.GetString(receipt.Leaf.ToBytes()).ShouldBe(
            """{"commitment":"oa0Mgh+Q7whk9eslMcww9qqPRD4b82FvSDuT9xXVJnk=","kind":"licence_granted","version":1}""");
        CanonicalJson.Bytes(JsonNode.Parse(receipt.Leaf.ToBytes())).ShouldBe(receipt.Leaf.ToBytes());
    }

    [Fact]
    public void A_good_receipt_is_valid_and_every_check_is_named()
    {
        var valid = Verify(Grant(out _).ToJson()).ShouldBeOfType<ReceiptVerdict.Valid>();

        valid.Checks.Select(c => c.Name).ShouldBe(["commitment", "origin", "signature", "inclusion", "tlog_proof"]);
        valid.Facts.Kind.ShouldBe(ReceiptKind.LicenceGranted);
        (valid.Facts.Index, valid.Facts.Size).ShouldBe((3, 10));
        valid.Facts.Content["licence"]!.ToString().ShouldBe("lic_1");
    }

    [Fact]
    public void A_good_usage_receipt_is_valid_and_shows_event_and_seal()
    {
        var valid = Verify(Usage().ToJson()).ShouldBeOfType<ReceiptVerdict.Valid>();

        valid.Checks.Select(c => c.Name).ShouldBe(
            ["commitment", "origin", "signature", "inclusion", "tlog_proof", "seal", "membership"]);
        valid.Facts.Content["quantity"]!.GetValue<long>().ShouldBe(12);
        valid.Facts.SealOpening!["count"]!.GetValue<long>().ShouldBe(5);
    }

    [Theory]
    [InlineData("receipt.json", ReceiptKind.LicenceGranted, 5, 11)]
    [InlineData("usage-receipt.json", ReceiptKind.UsageSealed, 256, 300)]
    public void Receipts_that_another_program_made_are_valid(string name, ReceiptKind kind, int index, int size)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Transparency", "golden");
        VerifierKey.TryParse(File.ReadAllText(Path.Combine(folder, "log.vkey")).Trim(), out var key).ShouldBeTrue();
        var file = File.ReadAllBytes(Path.Combine(folder, name));

        var facts = ReceiptVerifier.Verify(file, key).ShouldBeOfType<ReceiptVerdict.Valid>().Facts;

        (facts.Kind, facts.Index, facts.Size).ShouldBe((kind, index, size));
        ReceiptVerifier.ClaimedOrigin(file).ShouldBe(key.Name);
    }

    public static TheoryData<string, Action<JsonObject>> LogChanges() => new()
    {
        { "commitment", f => f["opening"]!["licence"] = "lic_2" },
        { "commitment", f => f["opening"]!["extra"] = 1 },
        { "commitment", f => f["salt"] = Convert.ToBase64String(new byte[32]) },
        { "inclusion", f => f["leaf"]!["kind"] = "payout_made" },
        { "commitment", f => f["leaf"]!["kind"] = "gift" },
        { "commitment", f => f["leaf"]!["kind"] = 7 },
        { "commitment", f => f["leaf"]!["version"] = 2 },
        { "commitment", f => f["leaf"]!["note"] = "more" },
        { "origin", f => f["log"]!["origin"] = "log.example/other" },
        { "inclusion", f => f["log"]!["index"] = 4 },
        { "inclusion", f => f["log"]!["size"] = 11 },
        { "inclusion", f => f["log"]!["inclusion"]!.AsArray().RemoveAt(0) },
        { "inclusion", f => f["log"]!["inclusion"]![0] = MerkleHash.OfLeaf([9]).ToString() },
        { "tlog_proof", f => f["tlog_proof"] = f["tlog_proof"]!.ToString().Replace("index 3", "index 4", StringComparison.Ordinal) },
        { "tlog_proof", f => f["tlog_proof"] = "" },
        { "checkpoint", f => f["log"]!["checkpoint"] = "nothing" },
        { "signature", f => f["log"]!["checkpoint"] = Resigned("forger.example", 1) },
        { "signature", f => f["log"]!["checkpoint"] = Resigned(Origin, 2) },
        { "signature", f => f["log"]!["checkpoint"] = f["log"]!["checkpoint"]!.ToString().Replace("\n10\n", "\n11\n", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(LogChanges))]
    public void A_changed_receipt_fails_the_check_that_is_about_it(string check, Action<JsonObject> change)
    {
        var file = Grant(out _).ToJson();
        change(file);

        var invalid = Verify(file).ShouldBeOfType<ReceiptVerdict.Invalid>();

        invalid.Checks.Where(c => !c.Passed).Select(c => c.Name).ShouldContain(check);
    }

    public static TheoryData<string, Action<JsonObject>> UsageChanges() => new()
    {
        { "membership", f => f["event"]!["quantity"] = 11 },
        { "membership", f => f["salt"] = Convert.ToBase64String(new byte[32]) },
        { "membership", f => f["seal"]!["index"] = 1 },
        { "membership", f => f["seal"]!["inclusion"]![0] = MerkleHash.OfLeaf([9]).ToString() },
        { "seal", f => f["seal"]!["count"] = 6 },
        { "seal", f => f["seal"]!["root"] = MerkleHash.OfLeaf([9]).ToString() },
        { "seal", f => f["seal_receipt"] = Grant(out _).ToJson() },
        { "commitment", f => f["seal_receipt"]!["opening"]!["count"] = 6 },
    };

    [Theory]
    [MemberData(nameof(UsageChanges))]
    public void A_changed_usage_receipt_fails_the_check_that_is_about_it(string check, Action<JsonObject> change)
    {
        var file = Usage().ToJson();
        change(file);

        var invalid = Verify(file).ShouldBeOfType<ReceiptVerdict.Invalid>();

        invalid.Checks.Where(c => !c.Passed).Select(c => c.Name).ShouldContain(check);
    }

    public static TheoryData<string> Unreadable() =>
    [
        "", "null", "[]", "{}", "nothing", "{\"format\":\"tallystick-receipt/v2\"}", "{\"format\":7}",
        "{\"format\":\"tallystick-receipt/v1\"}", "{\"format\":\"tallystick-usage-receipt/v1\"}",
        "{\"format\":\"tallystick-receipt/v1\",\"format\":\"tallystick-receipt/v1\"}",
        new string('[', 5000),
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void What_is_no_receipt_is_unreadable(string text) => ReceiptVerifier
        .Verify(Encoding.UTF8.GetBytes(text), LogKey.Verifier).ShouldBeOfType<ReceiptVerdict.Unreadable>();

    [Theory]
    [InlineData("salt", "\"AA==\"")]
    [InlineData("salt", "7")]
    [InlineData("opening", "{\"a\":1.5}")]
    [InlineData("opening", "{\"a\":9007199254740993}")]
    [InlineData("opening", "{\"a\":\"\\ud800\"}")]
    [InlineData("opening", "{\"\\ud800\":1}")]
    [InlineData("opening", "7")]
    [InlineData("log", "{}")]
    [InlineData("log", "{\"origin\":\"\\udfff\"}")]
    [InlineData("tlog_proof", "null")]
    [InlineData("unknown", "1")]
    public void A_member_of_another_shape_makes_it_unreadable(string member, string json)
    {
        var file = Grant(out _).ToJson();
        file[member] = "@";
        var text = file.ToJsonString().Replace("\"@\"", json, StringComparison.Ordinal);

        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(text), LogKey.Verifier)
            .ShouldBeOfType<ReceiptVerdict.Unreadable>();
    }

    [Fact]
    public void No_bytes_make_the_verifier_throw_or_say_valid() => Prop.ForAll<byte[], int, int>((junk, at, cut) =>
    {
        var good = Encoding.UTF8.GetBytes(Usage().ToJson().ToJsonString());
        ReceiptVerifier.Verify(junk, LogKey.Verifier).ShouldBeOfType<ReceiptVerdict.Unreadable>();
        var place = (at & int.MaxValue) % good.Length;
        byte[] changed = [.. good[..place], .. junk, .. good[Math.Min(good.Length, place + 1 + (cut & 7))..]];
        // Unless the change is another spelling of the same JSON, nothing holds any more.
        if (ReceiptVerifier.Verify(changed, LogKey.Verifier) is ReceiptVerdict.Valid)
        {
            JsonNode.DeepEquals(JsonNode.Parse(changed), JsonNode.Parse(good)).ShouldBeTrue();
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_receipt_is_only_good_for_the_log_whose_key_it_is()
    {
        var file = Encoding.UTF8.GetBytes(Grant(out _).ToJson().ToJsonString());
        using var forger = SignedNoteTests.Key("forger.example", 2);
        var cosigning = new VerifierKey(Origin, NoteKeyType.CosignatureV1, LogKey.Verifier.PublicKey);

        ReceiptVerifier.Verify(file, forger.Verifier).ShouldBeOfType<ReceiptVerdict.Invalid>();
        ReceiptVerifier.Verify(file, cosigning).ShouldBeOfType<ReceiptVerdict.Invalid>();
    }

    [Fact]
    public void Witnesses_are_named_when_they_signed_and_never_enough_alone()
    {
        using var witness = new NoteSigningKey("witness.example", NoteKeyType.CosignatureV1, new byte[32]);
        var receipt = Grant(out var checkpoint);
        var signed = checkpoint.Sign(LogKey);
        var both = signed with { Signatures = [.. signed.Signatures, witness.Cosign(checkpoint, 5)] };
        var alone = signed with { Signatures = [witness.Cosign(checkpoint, 5)] };

        Verify((receipt with { Proof = receipt.Proof with { Checkpoint = both.ToString() } }).ToJson(), witness.Verifier)
            .ShouldBeOfType<ReceiptVerdict.Valid>().Facts.Signers.ShouldBe([Origin, "witness.example"]);
        Verify((receipt with { Proof = receipt.Proof with { Checkpoint = alone.ToString() } }).ToJson(), witness.Verifier)
            .ShouldBeOfType<ReceiptVerdict.Invalid>();
    }

    [Fact]
    public void Every_event_of_a_seal_proves_its_place_and_no_other() => Prop.ForAll(
        Gen.Choose(1, 300).ToArbitrary(), size =>
        {
            var leaves = Enumerable.Range(0, size).Select(i => SealTree.Leaf(EventSalt(i), Event(i))).ToArray();
            var tree = new SealTree(leaves);
            tree.Root.ShouldBe(MerkleTree.Root(leaves));
            for (var i = 0; i < size; i++)
            {
                tree.Prove(i).Proves(leaves[i]).ShouldBeTrue();
                tree.Prove(i).Proves(SealTree.Leaf(EventSalt(i + 1), Event(i))).ShouldBeFalse();
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Salts_and_keys_of_the_wrong_length_are_refused()
    {
        Should.Throw<ArgumentException>(() => Commitment.Of(new byte[31], []));
        Should.Throw<ArgumentException>(() => Commitment.Of([], new byte[32]));
        Should.Throw<ArgumentException>(() => SealTree.Salt(new byte[31], []));
        Should.Throw<ArgumentException>(() => new SealTree([]));
    }

    private static ReceiptVerdict Verify(JsonObject file, params VerifierKey[] witnesses) =>
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(file.ToJsonString()), LogKey.Verifier, witnesses);

    private static LogReceipt Grant(out Checkpoint checkpoint) => Logged(
        ReceiptKind.LicenceGranted, new JsonObject { ["licence"] = "lic_1", ["price"] = 500, ["buyer"] = "byr_1" }, out checkpoint);

    private static UsageReceipt Usage()
    {
        var tree = new SealTree([.. Enumerable.Range(0, 5).Select(i => SealTree.Leaf(EventSalt(i), Event(i)))]);
        var opening = new JsonObject { ["root"] = tree.Root.ToString(), ["count"] = tree.Count, ["seal"] = "sea_1" };
        return new UsageReceipt(
            JsonNode.Parse(Event(2))!.AsObject(), EventSalt(2), tree.Prove(2),
            Logged(ReceiptKind.UsageSealed, opening, out _));
    }

    private static byte[] Event(int i) =>
        CanonicalJson.Bytes(new JsonObject { ["seq"] = i, ["meter"] = "bytes_delivered", ["quantity"] = 10 + i });

    private static byte[] EventSalt(int i) => SealTree.Salt(Salt, Encoding.UTF8.GetBytes($"epoch/{i}"));

    private static LogReceipt Logged(ReceiptKind kind, JsonObject opening, out Checkpoint checkpoint)
    {
        var bare = new LogReceipt(kind, opening, Salt, new TlogProof(3, [], ""));
        var leaves = Enumerable.Range(0, 10)
            .Select(i => i == 3 ? MerkleHash.OfLeaf(bare.Leaf.ToBytes()) : MerkleHash.OfLeaf([(byte)i])).ToArray();
        var tree = new SealTree(leaves);
        checkpoint = new Checkpoint(Origin, tree.Count, tree.Root);
        return bare with { Proof = new TlogProof(3, tree.Prove(3).Path, checkpoint.Sign(LogKey).ToString()) };
    }

    private static string Resigned(string name, byte seed)
    {
        Grant(out var checkpoint);
        using var key = SignedNoteTests.Key(name, seed);
        return checkpoint.Sign(key).ToString();
    }
}
