using FsCheck;
using FsCheck.Fluent;
using System.Buffers.Binary;
using System.Text;
using Tallystick.Core.Transparency;
using Tallystick.Crypto;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>Signed notes, verifier keys, checkpoints and cosignatures against the values others publish.</summary>
public sealed class SignedNoteTests
{
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private const string ExampleNote =
        "This is an example message.\n\n" +
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    private const string PeterText =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";

    private const string PeterSecret = "YEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    private const string PeterLine =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    [Fact]
    public void The_example_of_the_standard_verifies()
    {
        VerifierKey.TryParse(ExampleKey, out var key).ShouldBeTrue();
        SignedNote.TryParse(ExampleNote, out var note).ShouldBeTrue();

        key.KeyId.ShouldBe(0x530d903au);
        VerifierKey.Verify(note, [key]).ShouldBeOfType<NoteVerdict.Verified>().Signers.Single().Key.ShouldBe(key);
        note.ToString().ShouldBe(ExampleNote);
    }

    [Fact]
    public void Signing_gives_the_bytes_that_Go_publishes()
    {
        using var key = new NoteSigningKey("PeterNeumann", NoteKeyType.Ed25519, Convert.FromBase64String("A" + PeterSecret).AsSpan(1));

        key.Verifier.ToString().ShouldBe("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
        key.Sign(PeterText).ToString().ShouldBe(PeterLine);
    }

    [Fact]
    public void A_mangled_key_is_refused_wherever_it_is_cut_or_changed()
    {
        for (var start = 0; start < ExampleKey.Length; start++)
        {
            VerifierKey.TryParse(ExampleKey[start..^1], out _).ShouldBeFalse();
            VerifierKey.TryParse(ExampleKey[..start], out _).ShouldBeFalse();
            VerifierKey.TryParse(ExampleKey[..start] + "!" + ExampleKey[(start + 1)..], out _).ShouldBeFalse();
        }

        VerifierKey.TryParse(null, out _).ShouldBeFalse();
        VerifierKey.TryParse(ExampleKey.ToUpperInvariant(), out _).ShouldBeFalse();
        // Unknown algorithm and a key that is too long, each with the hash that would be right for it.
        VerifierKey.TryParse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", out _).ShouldBeFalse();
        VerifierKey.TryParse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_note_with_any_byte_changed_does_not_verify()
    {
        VerifierKey.TryParse(ExampleKey, out var key).ShouldBeTrue();
        for (var at = 0; at < ExampleNote.Length; at++)
        {
            var changed = ExampleNote[..at] + (char)(ExampleNote[at] ^ 1) + ExampleNote[(at + 1)..];
            var verified = SignedNote.TryParse(changed, out var note)
                && VerifierKey.Verify(note, [key]) is NoteVerdict.Verified;
            verified.ShouldBeFalse($"changed at {at}");
        }
    }

    [Fact]
    public void Unknown_signers_are_ignored_and_one_wrong_signature_of_a_known_key_refuses_the_note()
    {
        using var log = Key("log.example", 1);
        using var other = Key("other.example", 2);
        var note = new SignedNote("text\n", [other.Sign("text\n"), log.Sign("text\n"), log.Sign("text\n")]);

        VerifierKey.Verify(note, [log.Verifier]).ShouldBeOfType<NoteVerdict.Verified>().Signers.Count.ShouldBe(1);
        VerifierKey.Verify(note, [log.Verifier, other.Verifier]).ShouldBeOfType<NoteVerdict.Verified>()
            .Signers.Count.ShouldBe(2);
        VerifierKey.Verify(note, [Key("third.example", 3).Verifier]).ShouldBeOfType<NoteVerdict.NoKnownKey>();

        var forged = note with { Signatures = [.. note.Signatures, other.Sign("another text\n")] };
        VerifierKey.Verify(forged, [log.Verifier]).ShouldBeOfType<NoteVerdict.Verified>();
        VerifierKey.Verify(forged, [log.Verifier, other.Verifier]).ShouldBeOfType<NoteVerdict.WrongSignature>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name AAAAAAA=")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAA==\n")]
    [InlineData("text\n\n— name  AAAAAAA=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n\n—  AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAAB=\n")]
    [InlineData("te\txt\n\n— name AAAAAAA=\n")]
    [InlineData("te\r\nxt\n\n— name AAAAAAA=\n")]
    public void What_is_not_well_formed_is_no_note(string text) => SignedNote.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Half_a_surrogate_pair_has_no_bytes_that_could_be_signed() =>
        SignedNote.TryParse("te\ud800xt\n\n— name AAAAAAA=\n", out _).ShouldBeFalse();

    [Fact]
    public void Empty_lines_may_stand_in_the_text_and_sixteen_signatures_are_read()
    {
        var lines = string.Concat(Enumerable.Repeat("— name AAAAAAA=\n", 16));

        SignedNote.TryParse("one\n\ntwo\n\n" + lines, out var note).ShouldBeTrue();

        note.Text.ShouldBe("one\n\ntwo\n");
        note.Signatures.Count.ShouldBe(16);
    }

    [Fact]
    public void No_text_makes_a_parser_throw_and_what_is_accepted_reads_back() => Prop.ForAll<string>(text =>
        (!SignedNote.TryParse(ExampleNote + text, out var note) || note.ToString() == ExampleNote + text)
        && (!SignedNote.TryParse(text + ExampleNote, out note) || note.ToString() == text + ExampleNote)
        && (!VerifierKey.TryParse(text, out var key) || key.ToString() == text)
        && (!Checkpoint.TryParse(text, out var checkpoint) || checkpoint.ToString() == text)
        && (!TlogProof.TryParse(TlogProof.Header + "\nindex 0\n" + text, out var proof)
            || proof.ToString() == TlogProof.Header + "\nindex 0\n" + text)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cosignature_covers_time_and_checkpoint()
    {
        using var log = Key("log.example", 1);
        var seed = Enumerable.Repeat((byte)9, 32).ToArray();
        using var witness = new NoteSigningKey("witness.example/w1", NoteKeyType.CosignatureV1, seed);
        var checkpoint = new Checkpoint("log.example", 20852163, MerkleHash.OfLeaf([1]));
        var cosignature = witness.Cosign(checkpoint, 1679315147);
        var signed = checkpoint.Sign(log);
        var note = signed with { Signatures = [.. signed.Signatures, cosignature] };

        SignedNote.TryParse(note.ToString(), out var read).ShouldBeTrue();
        VerifierKey.TryParse(witness.Verifier.ToString(), out var key).ShouldBeTrue();
        var signers = VerifierKey.Verify(read, [log.Verifier, key]).ShouldBeOfType<NoteVerdict.Verified>().Signers;

        signers.Select(s => s.CosignedAtSeconds).ShouldBe([null, 1679315147L]);
        // The message is written down here once more, by hand, as the standard prints it.
        var message = "cosignature/v1\ntime 1679315147\n" + checkpoint;
        Ed25519.Verify(key.PublicKey, Encoding.UTF8.GetBytes(message), cosignature.Bytes.AsSpan(8)).ShouldBeTrue();
        BinaryPrimitives.ReadInt64BigEndian(cosignature.Bytes).ShouldBe(1679315147);

        var later = cosignature.Bytes.ToArray();
        later[7] ^= 1;
        VerifierKey.Verify(note with { Signatures = [cosignature with { Bytes = later }] }, [key])
            .ShouldBeOfType<NoteVerdict.WrongSignature>();
        VerifierKey.Verify(note with { Signatures = [cosignature with { Bytes = cosignature.Bytes[..71] }] }, [key])
            .ShouldBeOfType<NoteVerdict.WrongSignature>();
        Should.Throw<InvalidOperationException>(() => witness.Sign("text\n"));
        Should.Throw<InvalidOperationException>(() => log.Cosign(checkpoint, 1));
    }

    [Fact]
    public void The_same_key_under_another_type_has_another_id()
    {
        var seed = new byte[32];
        using var plain = new NoteSigningKey("name", NoteKeyType.Ed25519, seed);
        using var cosigner = new NoteSigningKey("name", NoteKeyType.CosignatureV1, seed);

        plain.Verifier.KeyId.ShouldNotBe(cosigner.Verifier.KeyId);
        plain.Verifier.ShouldNotBe(cosigner.Verifier);
    }

    [Theory]
    [InlineData("origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true)]
    [InlineData("origin\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n", true)]
    [InlineData("origin\n012\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false)]
    [InlineData("origin\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false)]
    [InlineData("origin\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false)]
    [InlineData("origin\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", false)]
    [InlineData("origin\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", false)]
    [InlineData("origin\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS\n", false)]
    [InlineData("\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false)]
    [InlineData("origin\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", false)]
    [InlineData("origin\n12\n", false)]
    public void A_checkpoint_has_one_spelling(string text, bool good)
    {
        Checkpoint.TryParse(text, out var checkpoint).ShouldBe(good);
        if (good)
        {
            checkpoint.ToString().ShouldBe(text);
        }
    }

    [Fact]
    public void A_portable_proof_reads_back_and_its_form_is_strict()
    {
        using var log = Key("log.example", 1);
        var checkpoint = new Checkpoint("log.example", 3, MerkleHash.OfLeaf([1])).Sign(log).ToString();
        var proof = new TlogProof(2, [MerkleHash.OfLeaf([2])], checkpoint, [1, 2, 3]);
        var text = proof.ToString();

        text.ShouldStartWith("c2sp.org/tlog-proof@v1\nextra AQID\nindex 2\n");
        TlogProof.TryParse(text, out var read).ShouldBeTrue();
        read.ToString().ShouldBe(text);
        read.Checkpoint.ShouldBe(checkpoint);
        TlogProof.TryParse((proof with { Extra = null, Path = [] }).ToString(), out var bare).ShouldBeTrue();
        bare.Extra.ShouldBeNull();
        TlogProof.TryParse(text.Replace("@v1", "@v2", StringComparison.Ordinal), out _).ShouldBeFalse();
        TlogProof.TryParse(text.Replace("index 2", "index 02", StringComparison.Ordinal), out _).ShouldBeFalse();
        TlogProof.TryParse(text.Replace("index 2", "Index 2", StringComparison.Ordinal), out _).ShouldBeFalse();
        TlogProof.TryParse(text.Replace("AQID", "AQI", StringComparison.Ordinal), out _).ShouldBeFalse();
        TlogProof.TryParse(text.Replace("index 2\n", "", StringComparison.Ordinal), out _).ShouldBeFalse();
    }

    internal static NoteSigningKey Key(string name, byte fill) =>
        new(name, NoteKeyType.Ed25519, Enumerable.Repeat(fill, 32).ToArray());
}
