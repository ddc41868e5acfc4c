namespace Tallystick.Core.Transparency;

/// <summary>
/// Consistency proofs worked out from a log's public tiles. The tiles need no trust: a proof made from wrong ones does not
/// lead to the roots that were signed.
/// </summary>
public static class TileConsistency
{
    /// <summary>The tiles that <see cref="Prove"/> reads, each once.</summary>
    /// <param name="oldSize">Leaves in the old tree.</param>
    /// <param name="newSize">Leaves in the new tree, at least as many.</param>
    public static IReadOnlyList<TileAddress> TilesFor(long oldSize, long newSize)
    {
        var tiles = new List<TileAddress>();
        if (oldSize > 0)
        {
            MerkleTree.ConsistencyProof(oldSize, newSize, node =>
            {
                tiles.Add(TileLayout.TileOf(node, newSize));
                return MerkleHash.OfEmptyTree;
            });
        }

        return [.. tiles.Distinct()];
    }

    /// <summary>True when these tiles show that one tree is the beginning of the other.</summary>
    /// <param name="smaller">The one with fewer leaves.</param>
    /// <param name="larger">The other.</param>
    /// <param name="tiles">What <see cref="TilesFor"/> asks for; each at least as long as its address says.</param>
    public static bool Prove(Checkpoint smaller, Checkpoint larger, IReadOnlyDictionary<TileAddress, byte[]> tiles)
    {
        ArgumentNullException.ThrowIfNull(smaller);
        ArgumentNullException.ThrowIfNull(larger);
        ArgumentNullException.ThrowIfNull(tiles);
        var proof = smaller.Size == 0
            ? []
            : MerkleTree.ConsistencyProof(
                smaller.Size, larger.Size, node => TileLayout.HashIn(node, tiles[TileLayout.TileOf(node, larger.Size)]));
        return MerkleProof.VerifyConsistency(smaller.Size, smaller.Root, larger.Size, larger.Root, proof);
    }
}
