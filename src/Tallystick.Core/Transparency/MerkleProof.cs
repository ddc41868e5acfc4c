namespace Tallystick.Core.Transparency;

/// <summary>
/// Verification of inclusion and consistency proofs of RFC 6962 §2.1 (in the form of RFC 9162 §2.1.3.2 and
/// §2.1.4.2, which states the verifier's steps). Any input answers true or false; nothing throws.
/// </summary>
public static class MerkleProof
{
    /// <summary>True when the path leads from this leaf at this index to the root of a tree of this size.</summary>
    /// <param name="leaf">Hash of the leaf.</param>
    /// <param name="index">Index of the leaf, from zero.</param>
    /// <param name="size">Number of leaves in the tree.</param>
    /// <param name="path">The proof, leaf's side first.</param>
    /// <param name="root">Root of the tree, from a checkpoint that is trusted.</param>
    public static bool VerifyInclusion(
        MerkleHash leaf, long index, long size, IReadOnlyList<MerkleHash> path, MerkleHash root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        // RFC 9162 §2.1.3.2, steps 2 to 5.
        var (node, last) = (index, size - 1);
        var hash = leaf;
        foreach (var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.OfNode(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = MerkleHash.OfNode(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>True when the proof shows that the new tree begins with the whole old tree.</summary>
    /// <param name="oldSize">Leaves in the old tree. An empty tree is a beginning of every tree.</param>
    /// <param name="oldRoot">Root of the old tree.</param>
    /// <param name="newSize">Leaves in the new tree.</param>
    /// <param name="newRoot">Root of the new tree.</param>
    /// <param name="proof">The proof as RFC 6962 §2.1.2 orders it; empty when the sizes are equal.</param>
    public static bool VerifyConsistency(
        long oldSize, MerkleHash oldRoot, long newSize, MerkleHash newRoot, IReadOnlyList<MerkleHash> proof)
    {
        if (oldSize < 0 || oldSize > newSize)
        {
            return false;
        }

        if (oldSize == newSize)
        {
            return proof.Count == 0 && oldRoot == newRoot;
        }

        if (oldSize == 0)
        {
            return proof.Count == 0 && oldRoot == MerkleHash.OfEmptyTree;
        }

        return FoldConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }

    /// <summary>RFC 9162 §2.1.4.2, steps 1 to 6, for 0 &lt; old size &lt; new size.</summary>
    private static bool FoldConsistency(
        long oldSize, MerkleHash oldRoot, long newSize, MerkleHash newRoot, IReadOnlyList<MerkleHash> proof)
    {
        // 1. A complete old tree is itself the first node and is left out of the proof.
        var next = 0;
        MerkleHash seed;
        if (long.IsPow2(oldSize))
        {
            seed = oldRoot;
        }
        else if (proof.Count > 0)
        {
            seed = proof[next++];
        }
        else
        {
            return false;
        }

        // 2, 3. Climb to the first node that is a left child.
        var (node, last) = (oldSize - 1, newSize - 1);
        while ((node & 1) == 1)
        {
            (node, last) = (node >> 1, last >> 1);
        }

        // 4, 5. Fold the proof into both roots at once.
        var (oldHash, newHash) = (seed, seed);
        for (; next < proof.Count; next++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                oldHash = MerkleHash.OfNode(proof[next], oldHash);
                newHash = MerkleHash.OfNode(proof[next], newHash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                newHash = MerkleHash.OfNode(newHash, proof[next]);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        // 6. Both must come out.
        return last == 0 && oldHash == oldRoot && newHash == newRoot;
    }
}
