namespace Tallystick.Core.Transparency;

/// <summary>Where a tiled log keeps the hash of a complete subtree (C2SP tlog-tiles, "Merkle Tree").</summary>
public static class TileLayout
{
    /// <summary>Tile levels step by eight tree levels: 2^8 = 256 hashes in a tile.</summary>
    private const int LevelsPerTile = 8;

    /// <summary>The tile, as wide as a log of this size has it, that covers a complete subtree.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The subtree reaches beyond the log's size.</exception>
    public static TileAddress TileOf(MerkleNode node, long size)
    {
        var level = node.Level / LevelsPerTile;
        var first = node.Index << (node.Level % LevelsPerTile);
        var address = AddressAt(level, first / TileAddress.FullWidth, size);
        var end = (first % TileAddress.FullWidth) + (1 << (node.Level % LevelsPerTile));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, address.Width, nameof(size));
        return address;
    }

    /// <summary>The tile at this level and index as wide as a log of this size has it; width 0 when it has none.</summary>
    public static TileAddress AddressAt(int level, long index, long size)
    {
        // A shift by 64 or more would wrap around: eight levels are all that a 63-bit size can fill.
        var hashes = level == TileAddress.Entries ? size : level > 7 ? 0 : size >> (LevelsPerTile * level);
        var full = hashes / TileAddress.FullWidth;
        var width = index < full ? TileAddress.FullWidth : index == full ? hashes % TileAddress.FullWidth : 0;
        return new TileAddress(level, index, (int)width);
    }

    /// <summary>Reads the hash of a complete subtree out of the tile that covers it.</summary>
    /// <param name="node">The subtree.</param>
    /// <param name="tile">Content of the tile that <see cref="TileOf"/> names.</param>
    /// <exception cref="ArgumentException">The tile is too short to hold it.</exception>
    public static MerkleHash HashIn(MerkleNode node, ReadOnlySpan<byte> tile)
    {
        var rise = node.Level % LevelsPerTile;
        var first = (int)((node.Index << rise) % TileAddress.FullWidth);
        var count = 1 << rise;
        if (tile.Length < (first + count) * MerkleHash.Length)
        {
            throw new ArgumentException("The tile is too short for this subtree.", nameof(tile));
        }

        Span<MerkleHash> hashes = new MerkleHash[count];
        for (var i = 0; i < count; i++)
        {
            hashes[i] = new MerkleHash(tile.Slice((first + i) * MerkleHash.Length, MerkleHash.Length));
        }

        return MerkleTree.Root(hashes);
    }
}
