using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Core.Transparency;

/// <summary>
/// Verifies receipt files offline, against the log's public key and nothing else. No input makes it throw, and
/// what it says names every step that was taken (C2SP tlog-proof, "Verifying a tlog proof").
/// </summary>
public static class ReceiptVerifier
{
    /// <summary>Longest file that is read, in bytes.</summary>
    public const int FileBytesMax = ReceiptFile.BytesMax;

    /// <summary>Verifies a file.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="logKey">The log's key, of type 0x01; its name is the origin that is accepted.</param>
    /// <param name="witnesses">Keys of witnesses whose cosignatures are checked and named when they are there.</param>
    public static ReceiptVerdict Verify(
        ReadOnlySpan<byte> file, VerifierKey logKey, IReadOnlyCollection<VerifierKey>? witnesses = null)
    {
        ReceiptFile read;
        try
        {
            read = ReceiptFile.Read(file);
        }
        catch (FormatException failure)
        {
            return new ReceiptVerdict.Unreadable(failure.Message);
        }

        var checks = new List<ReceiptCheck>();
        var log = read.Log;

        // 1. The leaf is what opening and salt lead to.
        var leaf = CheckCommitment(log, checks, out var kind);

        // 2. The checkpoint is this log's and its signature is right.
        var checkpoint = CheckCheckpoint(log, logKey, witnesses ?? [], checks, out var signers);

        // 3. The leaf is in the tree of that checkpoint.
        if (checkpoint is not null)
        {
            CheckInclusion(log, MerkleHash.OfLeaf(leaf), checkpoint, checks);
        }

        // 4. The portable proof says the same, so that whichever is shown on shows the same.
        CheckPortableProof(log, checks);

        // 5. A usage event is in the seal that the entry commits to.
        if (read.Usage is { } usage)
        {
            CheckSeal(log, usage, kind, checks);
        }

        return checkpoint is not null && kind is { } known && checks.TrueForAll(check => check.Passed)
            ? new ReceiptVerdict.Valid(checks, new ReceiptFacts(
                read.Format, known, read.Usage?.Event ?? log.Opening, read.Usage is null ? null : log.Opening,
                checkpoint.Origin, log.Index, checkpoint.Size, signers, log.Checkpoint))
            : new ReceiptVerdict.Invalid(checks);
    }

    /// <summary>
    /// The origin that a receipt file claims, to choose the key to verify it with; null when it is no receipt. Nothing
    /// is verified.
    /// </summary>
    public static string? ClaimedOrigin(ReadOnlySpan<byte> file)
    {
        try
        {
            return ReceiptFile.Read(file).Log.Origin;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] CheckCommitment(
        ReceiptFile.LogPart log, List<ReceiptCheck> checks, out ReceiptKind? kind)
    {
        using var leaf = JsonDocument.Parse(log.Leaf);
        kind = leaf.RootElement.TryGetProperty("kind", out var name) && name.ValueKind == JsonValueKind.String
            && ReceiptKinds.TryParse(name.GetString(), out var known) ? known : null;
        var expected = kind is { } k
            ? new ReceiptLeaf(k, Commitment.Of(log.Salt, log.CanonicalOpening)).ToBytes()
            : [];
        var passed = log.Leaf.AsSpan().SequenceEqual(expected);
        checks.Add(new ReceiptCheck("commitment", passed, passed
            ? "The leaf is the salted SHA-256 of this opening."
            : kind is null
                ? "The leaf's kind is not known."
                : "The leaf is not the salted SHA-256 of this opening: opening, salt or leaf was changed."));
        return log.Leaf;
    }

    private static Checkpoint? CheckCheckpoint(
        ReceiptFile.LogPart log, VerifierKey logKey, IReadOnlyCollection<VerifierKey> witnesses,
        List<ReceiptCheck> checks, out IReadOnlyList<string> signers)
    {
        signers = [];
        if (!SignedNote.TryParse(log.Checkpoint, out var note) || !Checkpoint.TryParse(note.Text, out var checkpoint))
        {
            checks.Add(new ReceiptCheck("checkpoint", false, "The checkpoint is not a well-formed signed note."));
            return null;
        }

        var sameLog = checkpoint.Origin == logKey.Name && log.Origin == logKey.Name;
        checks.Add(new ReceiptCheck("origin", sameLog, sameLog
            ? $"The checkpoint is of the log {logKey.Name}."
            : $"The key is for the log {logKey.Name}, the receipt is from {checkpoint.Origin}."));

        var verdict = VerifierKey.Verify(note, [logKey, .. witnesses]);
        var names = (verdict as NoteVerdict.Verified)?.Signers ?? [];
        // Witnesses alone do not make a checkpoint: the log itself must have signed.
        var signed = logKey.Type == NoteKeyType.Ed25519 && names.Any(s => s.Key.Equals(logKey));
        checks.Add(new ReceiptCheck("signature", signed, (verdict, signed) switch
        {
            (NoteVerdict.WrongSignature wrong, _) =>
                $"The signature of {wrong.Key.Name} ({wrong.Key.KeyId:x8}) is not over this checkpoint.",
            (_, true) => $"The checkpoint over {checkpoint.Size} entries is signed by {logKey.Name} ({logKey.KeyId:x8}).",
            _ => $"The key {logKey.Name} ({logKey.KeyId:x8}) has not signed this checkpoint.",
        }));
        signers = [.. names.OrderByDescending(s => s.Key.Equals(logKey)).Select(s => s.Key.Name)];
        return checkpoint;
    }

    private static void CheckInclusion(
        ReceiptFile.LogPart log, MerkleHash leaf, Checkpoint checkpoint, List<ReceiptCheck> checks)
    {
        var passed = log.Size == checkpoint.Size
            && MerkleProof.VerifyInclusion(leaf, log.Index, checkpoint.Size, log.Inclusion, checkpoint.Root);
        checks.Add(new ReceiptCheck("inclusion", passed, passed
            ? $"The leaf is entry {log.Index} of the {checkpoint.Size} that the checkpoint covers."
            : $"The path does not lead from this leaf at entry {log.Index} to the checkpoint's root."));
    }

    private static void CheckPortableProof(ReceiptFile.LogPart log, List<ReceiptCheck> checks)
    {
        var passed = TlogProof.TryParse(log.TlogProof, out var proof)
            && proof.Index == log.Index && proof.Path.SequenceEqual(log.Inclusion)
            && proof.Checkpoint == log.Checkpoint;
        checks.Add(new ReceiptCheck("tlog_proof", passed, passed
            ? "The portable proof holds the same index, path and checkpoint."
            : "The portable proof is malformed or differs from the rest of the receipt."));
    }

    private static void CheckSeal(
        ReceiptFile.LogPart log, ReceiptFile.UsagePart usage, ReceiptKind? kind, List<ReceiptCheck> checks)
    {
        var membership = usage.Membership;
        var sealedRoot = (log.Opening[UsageReceipt.RootMember] as JsonValue)?.ToString();
        var sealedCount = (log.Opening[UsageReceipt.CountMember] as JsonValue)?.ToString();
        var same = kind == ReceiptKind.UsageSealed
            && sealedRoot == membership.Root.ToString()
            && sealedCount == membership.Count.ToString(CultureInfo.InvariantCulture);
        checks.Add(new ReceiptCheck("seal", same, same
            ? $"The log entry is a seal over {membership.Count} events with the root named here."
            : "The log entry is not a seal over this root and count."));

        var member = membership.Proves(MerkleHash.OfLeaf(
            Commitment.Of(usage.Salt, usage.CanonicalEvent).ToArray()));
        checks.Add(new ReceiptCheck("membership", member, member
            ? $"The event is number {membership.Index} of the {membership.Count} in the seal."
            : "The event, with this salt, is not in the seal at this place."));
    }
}
