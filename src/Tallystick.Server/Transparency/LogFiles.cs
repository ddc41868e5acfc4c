using Tallystick.Core.Transparency;

namespace Tallystick.Server.Transparency;

/// <summary>Collects the files that appended leaves change: bundles and tiles, full ones and the partial ones at the end.</summary>
internal sealed class LogFiles(TileTree tree)
{
    private readonly List<Tile> _bundles = [];
    private readonly List<Tile> _tiles = [];
    private readonly List<ReadOnlyMemory<byte>> _open = [];

    /// <summary>Entries of the bundle that the tree ends in: it is written anew with what follows.</summary>
    public async Task LoadOpenBundle(LogRows rows, CancellationToken stop)
    {
        var open = tree.Size % TileAddress.FullWidth;
        if (open == 0)
        {
            return;
        }

        await foreach (var leaf in rows.From(tree.Size - open, open, stop))
        {
            _open.Add(leaf);
        }
    }

    public void Append(byte[] leaf)
    {
        tree.Append(MerkleHash.OfLeaf(leaf), _tiles.Add);
        _open.Add(leaf);
        if (_open.Count == TileAddress.FullWidth)
        {
            _bundles.Add(BundleUpTo(tree.Size));
            _open.Clear();
        }
    }

    /// <summary>Full files that were completed since the last call: a start over the whole log must not hold them all.</summary>
    public IReadOnlyList<Tile> TakeFull()
    {
        Tile[] full = [.. _bundles, .. _tiles];
        _bundles.Clear();
        _tiles.Clear();
        return full;
    }

    public IReadOnlyList<Tile> Bundles() => _open.Count == 0 ? _bundles : [.. _bundles, BundleUpTo(tree.Size)];

    public IReadOnlyList<Tile> Tiles() => [.. _tiles, .. tree.PartialTiles()];

    /// <summary>The files that became full while the log grew: only these can have left partial forms behind.</summary>
    public static IEnumerable<TileAddress> FilledBetween(long oldSize, long newSize)
    {
        for (var level = TileAddress.Entries; level < 8; level++)
        {
            var shift = 8 * Math.Max(level, 0);
            for (var index = (oldSize >> shift) / TileAddress.FullWidth;
                 index < (newSize >> shift) / TileAddress.FullWidth;
                 index++)
            {
                yield return new TileAddress(level, index, TileAddress.FullWidth);
            }
        }
    }

    private Tile BundleUpTo(long end)
    {
        var index = (end - 1) / TileAddress.FullWidth;
        return new Tile(new TileAddress(TileAddress.Entries, index, _open.Count), EntryBundle.Encode(_open));
    }
}
