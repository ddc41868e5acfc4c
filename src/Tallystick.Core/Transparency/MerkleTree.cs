namespace Tallystick.Core.Transparency;

/// <summary>
/// A complete subtree of a Merkle tree: the 2^<paramref name="Level"/> leaves that begin at
/// <paramref name="Index"/> · 2^<paramref name="Level"/>. Its hash never changes while the tree grows.
/// </summary>
public readonly record struct MerkleNode(int Level, long Index);

/// <summary>
/// Roots, inclusion proofs and consistency proofs of RFC 6962 §2.1, made from the hashes of complete
/// subtrees, wherever those are kept (memory, tiles).
/// </summary>
public static class MerkleTree
{
    /// <summary>
    /// The complete subtrees, left to right, that together cover the leaves from <paramref name="start"/> to
    /// before <paramref name="end"/>; <paramref name="start"/> is a split point of RFC 6962, so that sizes fall.
    /// </summary>
    internal static IEnumerable<MerkleNode> Cover(long start, long end)
    {
        while (start < end)
        {
            var level = long.Log2(end - start);
            yield return new MerkleNode((int)level, start >> (int)level);
            start += 1L << (int)level;
        }
    }

    /// <summary>The root of the first <paramref name="size"/> leaves: MTH(D[n]) (RFC 6962 §2.1).</summary>
    /// <param name="size">Number of leaves, zero or more.</param>
    /// <param name="read">Answers the hash of a complete subtree within those leaves.</param>
    public static MerkleHash Root(long size, Func<MerkleNode, MerkleHash> read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? MerkleHash.OfEmptyTree : Range(0, size, read);
    }

    /// <summary>The root over leaf hashes in memory (RFC 6962 §2.1).</summary>
    public static MerkleHash Root(ReadOnlySpan<MerkleHash> leaves)
    {
        if (leaves.IsEmpty)
        {
            return MerkleHash.OfEmptyTree;
        }

        // Level by level, a lone last node moving up unchanged: the same tree as the recursive definition.
        var level = leaves.ToArray();
        for (var count = level.Length; count > 1; count = (count + 1) / 2)
        {
            for (var i = 0; i < count; i += 2)
            {
                level[i / 2] = i + 1 < count ? MerkleHash.OfNode(level[i], level[i + 1]) : level[i];
            }
        }

        return level[0];
    }

    /// <summary>The path that leads from a leaf to the root: PATH(m, D[n]) (RFC 6962 §2.1.1), leaf's side first.</summary>
    /// <param name="index">Index of the leaf, from zero.</param>
    /// <param name="size">Number of leaves in the tree, more than <paramref name="index"/>.</param>
    /// <param name="read">Answers the hash of a complete subtree within those leaves.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf in a tree of this size.</exception>
    public static IReadOnlyList<MerkleHash> InclusionProof(
        long index, long size, Func<MerkleNode, MerkleHash> read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<MerkleHash>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + SplitOf(end - start);
            if (index < middle)
            {
                path.Add(Range(middle, end, read));
                end = middle;
            }
            else
            {
                path.Add(Range(start, middle, read));
                start = middle;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>
    /// The proof that a tree of <paramref name="newSize"/> leaves begins with the tree of
    /// <paramref name="oldSize"/>: PROOF(m, D[n]) (RFC 6962 §2.1.2).
    /// </summary>
    /// <param name="oldSize">Leaves in the old tree, at least one.</param>
    /// <param name="newSize">Leaves in the new tree, at least as many.</param>
    /// <param name="read">Answers the hash of a complete subtree within the new tree.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sizes are not 1 ≤ old ≤ new.</exception>
    public static IReadOnlyList<MerkleHash> ConsistencyProof(
        long oldSize, long newSize, Func<MerkleNode, MerkleHash> read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(oldSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newSize, oldSize);
        var proof = new List<MerkleHash>();
        var (start, end) = (0L, newSize);
        while (oldSize != end)
        {
            var middle = start + SplitOf(end - start);
            if (oldSize <= middle)
            {
                proof.Add(Range(middle, end, read));
                end = middle;
            }
            else
            {
                proof.Add(Range(start, middle, read));
                start = middle;
            }
        }

        // SUBPROOF(m, D[m], true) is empty: the verifier already holds that root. Below a split it is needed.
        if (start > 0)
        {
            proof.Add(Range(start, end, read));
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>The largest power of two smaller than n, for n > 1: the k of RFC 6962 §2.1.</summary>
    private static long SplitOf(long n) => 1L << (int)long.Log2(n - 1);

    private static MerkleHash Range(long start, long end, Func<MerkleNode, MerkleHash> read)
    {
        var peaks = Cover(start, end).Select(read).ToArray();
        return Fold(peaks);
    }

    /// <summary>Joins complete subtrees of falling size, left to right, into the root of what they cover.</summary>
    internal static MerkleHash Fold(ReadOnlySpan<MerkleHash> peaks)
    {
        var root = peaks[^1];
        for (var i = peaks.Length - 2; i >= 0; i--)
        {
            root = MerkleHash.OfNode(peaks[i], root);
        }

        return root;
    }
}
