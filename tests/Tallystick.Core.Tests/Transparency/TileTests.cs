using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Transparency;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>Tile addresses, the tiles of a size, and entry bundles (C2SP tlog-tiles).</summary>
public sealed class TileTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(1, 999, 17, "tile/1/999.p/17")]
    [InlineData(2, 1000, 1, "tile/2/x001/000.p/1")]
    [InlineData(63, 0, 255, "tile/63/000.p/255")]
    [InlineData(TileAddress.Entries, 0, 112, "tile/entries/000.p/112")]
    [InlineData(0, long.MaxValue, 256, "tile/0/x009/x223/x372/x036/x854/x775/807")]
    public void An_address_has_the_published_spelling_and_reads_back(int level, long index, int width, string path)
    {
        var address = new TileAddress(level, index, width);

        address.Path.ShouldBe(path);
        TileAddress.TryParse(path, out var read).ShouldBeTrue();
        read.ShouldBe(address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tile")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/00/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/+1/000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/x001/x000")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/x001.p/000")]
    [InlineData("tile/0/.p/1")]
    [InlineData("tile/0/../000")]
    [InlineData("tile/0/..%2f/000")]
    [InlineData("tile/0/x\u0660\u0661\u0662/000")]
    [InlineData("tile/entries/../../key")]
    [InlineData("tile/Entries/000")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0/000/")]
    [InlineData("tile/0/000\n")]
    [InlineData("tile/0/x009/x223/x372/x036/x854/x775/808")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999")]
    public void Any_other_spelling_is_no_address(string path) =>
        TileAddress.TryParse(path, out _).ShouldBeFalse();

    [Fact]
    public void No_text_makes_the_parser_throw_and_what_it_accepts_reads_back() => Prop.ForAll<string>(text =>
        !TileAddress.TryParse("tile/" + text, out var address) || address.Path == "tile/" + text)
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(70_000, 273, 112, 1, 17, 1)]
    [InlineData(256, 1, 0, 0, 1, 0)]
    [InlineData(255, 0, 255, 0, 0, 0)]
    [InlineData(65_536, 256, 0, 1, 0, 1)]
    public void A_size_has_the_tiles_that_the_standard_counts(
        int size, int full0, int partial0, int full1, int partial1, int partial2)
    {
        var (full, tree) = TilesOf(size);

        full.Count(t => t.Address.Level == 0).ShouldBe(full0);
        full.Count(t => t.Address.Level == 1).ShouldBe(full1);
        full.ShouldAllBe(t => t.Bytes.Length == 8192);
        var partial = tree.PartialTiles().ToDictionary(t => t.Address.Level, t => t.Address.Width);
        partial.GetValueOrDefault(0).ShouldBe(partial0);
        partial.GetValueOrDefault(1).ShouldBe(partial1);
        partial.GetValueOrDefault(2).ShouldBe(partial2);
    }

    [Fact]
    public void No_tile_is_ever_empty_or_longer_than_its_width_says()
    {
        for (var size = 0; size <= 1030; size++)
        {
            var (full, tree) = TilesOf(size);
            foreach (var tile in full.Concat(tree.PartialTiles()))
            {
                tile.Address.Width.ShouldBeGreaterThan(0);
                tile.Bytes.Length.ShouldBe(tile.Address.Width * MerkleHash.Length);
                TileLayout.AddressAt(tile.Address.Level, tile.Address.Index, size).ShouldBe(tile.Address);
            }
        }
    }

    [Fact]
    public void A_copy_grows_apart_from_what_it_was_copied_from()
    {
        var (_, tree) = TilesOf(300);
        var before = tree.Root();

        var copy = tree.Copy();
        copy.Append(MerkleHash.OfLeaf([1]), _ => { });

        (tree.Size, tree.Root()).ShouldBe((300, before));
        (copy.Size, copy.Root()).ShouldNotBe((300, before));
    }

    [Fact]
    public void Bundles_read_back_and_cut_ones_are_refused() => Prop.ForAll<byte[][]>(some =>
    {
        var entries = some.Where(e => e is not null).Take(256).Select(e => new ReadOnlyMemory<byte>(e)).ToArray();
        if (entries.Length == 0)
        {
            return;
        }

        var bundle = EntryBundle.Encode(entries);

        EntryBundle.TryDecode(bundle, out var read).ShouldBeTrue();
        read.Select(e => e.ToArray()).ShouldBe(entries.Select(e => e.ToArray()));
        EntryBundle.TryDecode(bundle.AsMemory(0, bundle.Length - 1), out _)
            .ShouldBeFalse();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_bundle_holds_1_to_256_entries_of_at_most_65535_bytes()
    {
        var longest = new ReadOnlyMemory<byte>(new byte[EntryBundle.EntryBytesMax]);
        EntryBundle.Encode([longest]).Length.ShouldBe(2 + 65_535);

        Should.Throw<ArgumentException>(() => EntryBundle.Encode([]));
        Should.Throw<ArgumentException>(() => EntryBundle.Encode([new byte[65_536]]));
        Should.Throw<ArgumentException>(() => EntryBundle.Encode(new ReadOnlyMemory<byte>[257]));
        EntryBundle.TryDecode(Array.Empty<byte>(), out _).ShouldBeFalse();
        EntryBundle.TryDecode(new byte[2 * 257], out _).ShouldBeFalse();
        EntryBundle.Encode([new byte[] { 7, 8 }, Array.Empty<byte>()]).ShouldBe(new byte[] { 0, 2, 7, 8, 0, 0 });
    }

    private static (List<Tile> Full, TileTree Tree) TilesOf(int size)
    {
        var tree = new TileTree();
        var full = new List<Tile>();
        for (var i = 0; i < size; i++)
        {
            tree.Append(new MerkleHash(BitConverter.GetBytes((long)i).Concat(new byte[24]).ToArray()), full.Add);
        }

        return (full, tree);
    }
}
