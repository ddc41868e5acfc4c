using System.Runtime.InteropServices;

namespace Tallystick.Core.Transparency;

/// <summary>A tile with its content: the concatenated hashes.</summary>
/// <param name="Address">Where it is served.</param>
/// <param name="Bytes">Its hashes, 32 bytes each, left to right.</param>
public sealed record Tile(TileAddress Address, byte[] Bytes);

/// <summary>
/// The growing edge of a tiled log (C2SP tlog-tiles): the partial tile of every level, which is all that is
/// needed to append leaves, to know the root, and to write the next tiles. Not safe for concurrent use.
/// </summary>
public sealed class TileTree
{
    /// <summary>_partial[L] holds the 0 to 255 hashes of level L that no full tile holds yet.</summary>
    private readonly List<List<MerkleHash>> _partial;

    /// <summary>An empty tree.</summary>
    public TileTree() => _partial = [];

    private TileTree(TileTree other)
    {
        _partial = [.. other._partial.Select(level => new List<MerkleHash>(level))];
        Size = other.Size;
    }

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>An independent copy: appended to and thrown away when what follows fails.</summary>
    public TileTree Copy() => new(this);

    /// <summary>Adds a leaf and hands every tile that it completes to <paramref name="full"/>, lowest level first.</summary>
    public void Append(MerkleHash leaf, Action<Tile> full)
    {
        var hash = leaf;
        for (var level = 0; ; level++)
        {
            if (level == _partial.Count)
            {
                _partial.Add(new List<MerkleHash>(TileAddress.FullWidth));
            }

            var hashes = _partial[level];
            hashes.Add(hash);
            if (hashes.Count < TileAddress.FullWidth)
            {
                break;
            }

            var index = Size >> (8 * (level + 1));
            full(new Tile(new TileAddress(level, index, TileAddress.FullWidth), Concat(hashes)));
            hash = MerkleTree.Root(CollectionsMarshal.AsSpan(hashes));
            hashes.Clear();
        }

        Size++;
    }

    /// <summary>The partial tiles of the present size. Levels whose partial tile is empty have none.</summary>
    public IEnumerable<Tile> PartialTiles() =>
        _partial.Select((hashes, level) => (hashes, level))
            .Where(tile => tile.hashes.Count > 0)
            .Select(tile => new Tile(
                new TileAddress(tile.level, Size >> (8 * (tile.level + 1)), tile.hashes.Count),
                Concat(tile.hashes)));

    /// <summary>The root over all leaves: MTH(D[n]) (RFC 6962 §2.1).</summary>
    public MerkleHash Root()
    {
        // Higher levels lie further left, so the peaks of all partial tiles in order cover the whole tree.
        var peaks = new List<MerkleHash>();
        for (var level = _partial.Count - 1; level >= 0; level--)
        {
            var hashes = CollectionsMarshal.AsSpan(_partial[level]);
            foreach (var node in MerkleTree.Cover(0, hashes.Length))
            {
                var start = (int)(node.Index << node.Level);
                peaks.Add(MerkleTree.Root(hashes.Slice(start, 1 << node.Level)));
            }
        }

        return peaks.Count == 0
            ? MerkleHash.OfEmptyTree
            : MerkleTree.Fold(CollectionsMarshal.AsSpan(peaks));
    }

    private static byte[] Concat(List<MerkleHash> hashes)
    {
        var bytes = new byte[hashes.Count * MerkleHash.Length];
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].CopyTo(bytes.AsSpan(i * MerkleHash.Length));
        }

        return bytes;
    }
}
