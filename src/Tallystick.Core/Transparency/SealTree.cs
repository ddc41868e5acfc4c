using System.Security.Cryptography;

namespace Tallystick.Core.Transparency;

/// <summary>
/// The Merkle tree over a sealed batch of usage events (RFC 6962 §2.1). A leaf's data is the salted hash of one
/// event, so whoever holds one event and its salt can find it in the seal and learns nothing of the others.
/// </summary>
public sealed class SealTree
{
    /// <summary>Most events in a seal: the tree is held in memory, 64 bytes an event.</summary>
    public const int EventsMax = 1 << 22;

    /// <summary>_levels[L][i] is the hash of the complete subtree (L, i); level 0 holds the leaves.</summary>
    private readonly List<MerkleHash[]> _levels = [];

    /// <summary>Builds the tree over leaves made by <see cref="Leaf"/>, in the order of the batch.</summary>
    /// <exception cref="ArgumentException">There is no leaf, or more than <see cref="EventsMax"/>.</exception>
    public SealTree(ReadOnlySpan<MerkleHash> leaves)
    {
        if (leaves.Length is 0 or > EventsMax)
        {
            throw new ArgumentException($"A seal has 1 to {EventsMax} events, not {leaves.Length}.", nameof(leaves));
        }

        var level = leaves.ToArray();
        while (level.Length > 0)
        {
            _levels.Add(level);
            var above = new MerkleHash[level.Length / 2];
            for (var i = 0; i < above.Length; i++)
            {
                above[i] = MerkleHash.OfNode(level[2 * i], level[(2 * i) + 1]);
            }

            level = above;
        }

        Root = MerkleTree.Root(Count, Read);
    }

    /// <summary>Number of events.</summary>
    public int Count => _levels[0].Length;

    /// <summary>The root that the seal's receipt commits to.</summary>
    public MerkleHash Root { get; }

    /// <summary>The leaf of an event: leaf hash over SHA-256(salt ‖ canonical JSON of the event).</summary>
    /// <param name="salt">32 bytes that belong to this event alone.</param>
    /// <param name="canonicalEvent">The event in canonical JSON (RFC 8785), UTF-8.</param>
    public static MerkleHash Leaf(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> canonicalEvent) =>
        MerkleHash.OfLeaf(Commitment.Of(salt, canonicalEvent).ToArray());

    /// <summary>
    /// The salt of an event, derived instead of stored: HMAC-SHA256(key, event identity). Destroying the key
    /// destroys the salts of every event under it.
    /// </summary>
    /// <param name="key">At least 32 secret bytes, of a batch or of a subject.</param>
    /// <param name="eventIdentity">The event's identity, unique under this key, UTF-8.</param>
    /// <exception cref="ArgumentException">The key is shorter than 32 bytes.</exception>
    public static byte[] Salt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> eventIdentity)
    {
        if (key.Length < Commitment.SaltBytes)
        {
            throw new ArgumentException($"A salt key has at least {Commitment.SaltBytes} bytes.", nameof(key));
        }

        return HMACSHA256.HashData(key, eventIdentity);
    }

    /// <summary>Proves that the event at an index is part of the seal (RFC 6962 §2.1.1).</summary>
    public SealMembership Prove(int index) =>
        new(index, Count, Root, MerkleTree.InclusionProof(index, Count, Read));

    private MerkleHash Read(MerkleNode node) => _levels[node.Level][node.Index];
}

/// <summary>An event's place in a seal.</summary>
/// <param name="Index">Index of the event in the batch, from zero.</param>
/// <param name="Count">Events in the batch.</param>
/// <param name="Root">Root of the seal.</param>
/// <param name="Path">Inclusion path (RFC 6962 §2.1.1), leaf's side first.</param>
public sealed record SealMembership(long Index, long Count, MerkleHash Root, IReadOnlyList<MerkleHash> Path)
{
    /// <summary>True when this leaf stands at this index under this root.</summary>
    public bool Proves(MerkleHash leaf) => MerkleProof.VerifyInclusion(leaf, Index, Count, Path, Root);
}
