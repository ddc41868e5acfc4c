using System.Text.Json.Nodes;
using Tallystick.Core.Json;

namespace Tallystick.Core.Transparency;

/// <summary>
/// Everything one needs to check, offline, that the log holds what an opening says: the opening, its salt and the
/// proof. The file format is described in docs/receipts.md.
/// </summary>
/// <param name="Kind">Kind of the entry.</param>
/// <param name="Opening">What was committed to; whole numbers within ±2^53 only.</param>
/// <param name="Salt">The 32 bytes it was salted with.</param>
/// <param name="Proof">Index, inclusion path and signed checkpoint.</param>
public sealed record LogReceipt(ReceiptKind Kind, JsonObject Opening, byte[] Salt, TlogProof Proof)
{
    /// <summary>Value of the member <c>format</c>.</summary>
    public const string Format = "tallystick-receipt/v1";

    /// <summary>The leaf that opening and salt lead to.</summary>
    public ReceiptLeaf Leaf => new(Kind, Commitment.Of(Salt, CanonicalJson.Bytes(Opening)));

    /// <summary>The receipt file.</summary>
    /// <exception cref="ArgumentException">The checkpoint within the proof is not one.</exception>
    public JsonObject ToJson()
    {
        if (!SignedNote.TryParse(Proof.Checkpoint, out var note) || !Checkpoint.TryParse(note.Text, out var checkpoint))
        {
            throw new ArgumentException("The proof carries no readable checkpoint.");
        }

        return new JsonObject
        {
            ["format"] = Format,
            ["leaf"] = JsonNode.Parse(Leaf.ToBytes()),
            ["opening"] = Opening.DeepClone(),
            ["salt"] = Convert.ToBase64String(Salt),
            ["log"] = new JsonObject
            {
                ["origin"] = checkpoint.Origin,
                ["index"] = Proof.Index,
                ["size"] = checkpoint.Size,
                ["inclusion"] = Hashes(Proof.Path),
                ["checkpoint"] = Proof.Checkpoint,
            },
            ["tlog_proof"] = Proof.ToString(),
        };
    }

    internal static JsonArray Hashes(IReadOnlyList<MerkleHash> path) =>
        [.. path.Select(hash => (JsonNode)JsonValue.Create(hash.ToString()))];
}

/// <summary>
/// Proof that one usage event was counted: the event and its salt, its place in a seal, and the receipt of the
/// seal. The file format is described in docs/receipts.md.
/// </summary>
/// <param name="Event">The event as it was sealed; whole numbers within ±2^53 only.</param>
/// <param name="Salt">The 32 bytes that salt this event.</param>
/// <param name="Membership">Where it stands in the seal.</param>
/// <param name="Seal">Receipt of kind <see cref="ReceiptKind.UsageSealed"/> whose opening names the same root and count.</param>
public sealed record UsageReceipt(JsonObject Event, byte[] Salt, SealMembership Membership, LogReceipt Seal)
{
    /// <summary>Value of the member <c>format</c>.</summary>
    public const string Format = "tallystick-usage-receipt/v1";

    /// <summary>Member of a seal's opening: root over its events, base64.</summary>
    public const string RootMember = "root";

    /// <summary>Member of a seal's opening: number of its events.</summary>
    public const string CountMember = "count";

    /// <summary>The receipt file.</summary>
    public JsonObject ToJson() => new()
    {
        ["format"] = Format,
        ["event"] = Event.DeepClone(),
        ["salt"] = Convert.ToBase64String(Salt),
        ["seal"] = new JsonObject
        {
            ["root"] = Membership.Root.ToString(),
            ["count"] = Membership.Count,
            ["index"] = Membership.Index,
            ["inclusion"] = LogReceipt.Hashes(Membership.Path),
        },
        ["seal_receipt"] = Seal.ToJson(),
    };
}
