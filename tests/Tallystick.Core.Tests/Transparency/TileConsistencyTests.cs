using Tallystick.Core.Transparency;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>Two checkpoints are joined by public tiles alone.</summary>
public sealed class TileConsistencyTests
{
    [Theory]
    [InlineData(0, 7)]
    [InlineData(1, 2)]
    [InlineData(5, 5)]
    [InlineData(255, 256)]
    [InlineData(256, 257)]
    [InlineData(300, 1_000)]
    [InlineData(1_000, 70_000)]
    public void A_log_that_only_grew_is_joined_and_one_that_was_rewritten_is_not(int small, int large)
    {
        var (log, rewritten) = (Leaves(large, changed: -1), Leaves(large, changed: Math.Max(small - 1, 0)));
        var (before, after) = (Head(log, small), Head(log, large));

        Joined(log, before, after).ShouldBeTrue();
        if (small > 0)
        {
            Joined(rewritten, before, Head(rewritten, large)).ShouldBeFalse();
            Joined(log, Head(rewritten, small), after).ShouldBeFalse();
        }
    }

    private static bool Joined(MerkleHash[] leaves, Checkpoint smaller, Checkpoint larger) => TileConsistency.Prove(
        smaller, larger, TileConsistency.TilesFor(smaller.Size, larger.Size).ToDictionary(address => address, address => Tile(leaves, address)));

    private static byte[] Tile(MerkleHash[] leaves, TileAddress address)
    {
        var under = 1 << (8 * address.Level);
        return [.. Enumerable.Range(0, address.Width).SelectMany(i =>
        {
            var hash = new byte[MerkleHash.Length];
            MerkleTree.Root(leaves.AsSpan((int)(((address.Index * TileAddress.FullWidth) + i) * under), under)).CopyTo(hash);
            return hash;
        })];
    }

    private static Checkpoint Head(MerkleHash[] leaves, int size) => new("log.example", size, MerkleTree.Root(leaves.AsSpan(0, size)));

    private static MerkleHash[] Leaves(int count, int changed) =>
        [.. Enumerable.Range(0, count).Select(i => MerkleHash.OfLeaf(BitConverter.GetBytes(i == changed ? -1 : i)))];
}
