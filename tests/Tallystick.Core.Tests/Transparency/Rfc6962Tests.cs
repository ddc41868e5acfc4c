using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Transparency;

namespace Tallystick.Core.Tests.Transparency;

/// <summary>
/// The test vectors that implementations of RFC 6962 share: eight leaves, the roots of every size, and proofs
/// (published with the reference log of Certificate Transparency).
/// </summary>
public sealed class Rfc6962Tests
{
    private static readonly string[] Leaves =
    [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    internal static MerkleHash[] LeafHashes { get; } =
        [.. Leaves.Select(leaf => MerkleHash.OfLeaf(Convert.FromHexString(leaf)))];

    internal static MerkleHash Hash(string hex) => new(Convert.FromHexString(hex));

    [Fact]
    public void Roots_of_every_size_are_the_published_ones()
    {
        var tree = new TileTree();
        tree.Root().ShouldBe(Hash(Roots[0]));
        for (var size = 1; size <= Leaves.Length; size++)
        {
            tree.Append(LeafHashes[size - 1], _ => { });
            tree.Root().ShouldBe(Hash(Roots[size]));
            MerkleTree.Root(LeafHashes.AsSpan(0, size)).ShouldBe(Hash(Roots[size]));
            new SealTree(LeafHashes.AsSpan(0, size)).Root.ShouldBe(Hash(Roots[size]));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(
        0, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(
        5, 8,
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(
        1, 5,
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Inclusion_proofs_are_the_published_ones(int index, int size, params string[] path)
    {
        var proof = MerkleTree.InclusionProof(index, size, ReaderOf(size));

        proof.ShouldBe(path.Select(Hash));
        MerkleProof.VerifyInclusion(LeafHashes[index], index, size, proof, Hash(Roots[size])).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(
        1, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(
        6, 8,
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(
        2, 5,
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Consistency_proofs_are_the_published_ones(int oldSize, int newSize, params string[] hashes)
    {
        var proof = MerkleTree.ConsistencyProof(oldSize, newSize, ReaderOf(newSize));

        proof.ShouldBe(hashes.Select(Hash));
        MerkleProof.VerifyConsistency(oldSize, Hash(Roots[oldSize]), newSize, Hash(Roots[newSize]), proof)
            .ShouldBeTrue();
    }

    [Fact]
    public void A_leaf_of_any_length_is_hashed_as_the_standard_says()
    {
        foreach (var length in new[] { 0, 1, 1022, 1023, 1024, 1025, 65_535 })
        {
            var data = new byte[length];
            MerkleHash.OfLeaf(data).ShouldBe(new MerkleHash(SHA256.HashData([0x00, .. data])));
        }

        // The value that Go's checksum database tests with.
        MerkleHash.OfLeaf(Encoding.UTF8.GetBytes("hello world"))
            .ToString().ShouldBe("TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=");
    }

    private static Func<MerkleNode, MerkleHash> ReaderOf(int size) => node =>
    {
        var start = (int)(node.Index << node.Level);
        (start + (1 << node.Level)).ShouldBeLessThanOrEqualTo(size, "a proof reads only what the tree has");
        return MerkleTree.Root(LeafHashes.AsSpan(start, 1 << node.Level));
    };
}
