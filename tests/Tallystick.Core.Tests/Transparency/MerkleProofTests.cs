using FsCheck;
using FsCheck.Fluent;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Transparency;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>Proofs over trees of every small size and random large ones, read back from the tiles.</summary>
public sealed class MerkleProofTests
{
    private const int SizeMax = 70_000;

    private static readonly TiledLog Log = TiledLog.OfSize(SizeMax);

    [Fact]
    public void Every_leaf_of_every_small_tree_is_proved_and_no_other_place_is()
    {
        for (var size = 1; size <= 40; size++)
        {
            var root = Log.RootAt(size);
            for (var index = 0; index < size; index++)
            {
                var path = MerkleTree.InclusionProof(index, size, Log.ReaderAt(size));
                MerkleProof.VerifyInclusion(Log.Leaves[index], index, size, path, root).ShouldBeTrue();
                for (var other = 0; other <= size; other++)
                {
                    MerkleProof.VerifyInclusion(Log.Leaves[index], other, size, path, root)
                        .ShouldBe(other == index, $"leaf {index} at {other} of {size}");
                }
            }
        }
    }

    [Fact]
    public void Every_pair_of_small_trees_is_consistent_and_no_other_size_is()
    {
        for (var newSize = 1; newSize <= 40; newSize++)
        {
            for (var oldSize = 1; oldSize <= newSize; oldSize++)
            {
                var proof = MerkleTree.ConsistencyProof(oldSize, newSize, Log.ReaderAt(newSize));
                var (oldRoot, newRoot) = (Log.RootAt(oldSize), Log.RootAt(newSize));
                MerkleProof.VerifyConsistency(oldSize, oldRoot, newSize, newRoot, proof).ShouldBeTrue();
                MerkleProof.VerifyConsistency(newSize, newRoot, oldSize, oldRoot, proof)
                    .ShouldBe(newSize == oldSize);
                MerkleProof.VerifyConsistency(oldSize, newRoot, newSize, oldRoot, proof)
                    .ShouldBe(newSize == oldSize);
            }
        }
    }

    [Fact]
    public void Proofs_of_large_trees_come_out_of_their_tiles() => Prop.ForAll(
        Gen.Choose(1, SizeMax).ToArbitrary(), Gen.Choose(0, SizeMax - 1).ToArbitrary(), (size, any) =>
        {
            var index = any % size;
            var root = Log.RootAt(size);
            var path = MerkleTree.InclusionProof(index, size, Log.ReaderAt(size));
            MerkleProof.VerifyInclusion(Log.Leaves[index], index, size, path, root).ShouldBeTrue();

            var oldSize = index + 1;
            var proof = MerkleTree.ConsistencyProof(oldSize, size, Log.ReaderAt(size));
            MerkleProof.VerifyConsistency(oldSize, Log.RootAt(oldSize), size, root, proof).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_proof_with_one_changed_missing_or_extra_hash_is_refused() => Prop.ForAll(
        Gen.Choose(3, 2_000).ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (size, any) =>
        {
            var index = any % size;
            var root = Log.RootAt(size);
            var path = MerkleTree.InclusionProof(index, size, Log.ReaderAt(size)).ToList();
            foreach (var wrong in Mutations(path, any))
            {
                MerkleProof.VerifyInclusion(Log.Leaves[index], index, size, wrong, root).ShouldBeFalse();
            }

            var oldSize = (any % (size - 1)) + 1;
            var proof = MerkleTree.ConsistencyProof(oldSize, size, Log.ReaderAt(size)).ToList();
            foreach (var wrong in Mutations(proof, any))
            {
                MerkleProof.VerifyConsistency(oldSize, Log.RootAt(oldSize), size, root, wrong).ShouldBeFalse();
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sizes_and_indexes_that_make_no_sense_are_refused_and_do_not_throw()
    {
        var hash = Log.Leaves[0];
        foreach (var (index, size) in new[] { (0L, 0L), (-1, 5), (5, 5), (6, 5), (0, -1), (long.MaxValue, long.MaxValue) })
        {
            MerkleProof.VerifyInclusion(hash, index, size, [hash, hash], hash).ShouldBeFalse();
        }

        foreach (var (oldSize, newSize) in new[] { (-1L, 5L), (6, 5), (0, -1), (3, 5), (4, long.MaxValue) })
        {
            MerkleProof.VerifyConsistency(oldSize, hash, newSize, hash, []).ShouldBeFalse();
        }

        MerkleProof.VerifyConsistency(0, MerkleHash.OfEmptyTree, 5, Log.RootAt(5), []).ShouldBeTrue();
        MerkleProof.VerifyConsistency(0, hash, 5, Log.RootAt(5), []).ShouldBeFalse();
        MerkleProof.VerifyConsistency(0, MerkleHash.OfEmptyTree, 5, Log.RootAt(5), [hash]).ShouldBeFalse();
    }

    private static IEnumerable<List<MerkleHash>> Mutations(List<MerkleHash> path, int any)
    {
        yield return [.. path, path.Count > 0 ? path[^1] : default];
        if (path.Count > 0)
        {
            var at = any % path.Count;
            var changed = path[at].ToArray();
            changed[any % changed.Length] ^= (byte)(1 << (any % 8));
            yield return [.. path[..at], new MerkleHash(changed), .. path[(at + 1)..]];
            yield return [.. path[..at], .. path[(at + 1)..]];
            yield return [default, .. path];
        }
    }
}

/// <summary>A log in memory that keeps the tiles it was told to publish, and nothing else, to read proofs from.</summary>
internal sealed class TiledLog
{
    private readonly Dictionary<TileAddress, byte[]> _full = [];

    public List<MerkleHash> Leaves { get; } = [];

    public static TiledLog OfSize(int size)
    {
        var log = new TiledLog();
        var tree = new TileTree();
        for (var i = 0; i < size; i++)
        {
            var leaf = new MerkleHash(SHA256.HashData(Encoding.UTF8.GetBytes($"leaf {i}")));
            log.Leaves.Add(leaf);
            tree.Append(leaf, tile => log._full.Add(tile.Address, tile.Bytes));
        }

        foreach (var tile in tree.PartialTiles())
        {
            log._full.Add(tile.Address.Full, tile.Bytes);
        }

        return log;
    }

    public MerkleHash RootAt(int size) => MerkleTree.Root(size, ReaderAt(size));

    /// <summary>Hashes as a log of this size serves them: from tiles cut to the width they had then.</summary>
    public Func<MerkleNode, MerkleHash> ReaderAt(long size) => node =>
    {
        var address = TileLayout.TileOf(node, size);
        return TileLayout.HashIn(node, _full[address.Full].AsSpan(0, address.Width * MerkleHash.Length));
    };
}
