using System.Numerics;
using System.Security.Cryptography;

namespace Tallystick.Crypto.Tests;

public sealed class Secp256k1Tests
{
    internal static readonly BigInteger Order = BigInteger.Parse(
        "0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", System.Globalization.NumberStyles.HexNumber);

    // Deterministic signatures as published with the first RFC 6979 implementations: key, message (SHA-256), r, s.
    private static readonly string[][] Published =
    [
        [
            "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
            "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
        ],
        [
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
            "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
            "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
        ],
        [
            "0000000000000000000000000000000000000000000000000000000000000001",
            "All those moments will be lost in time, like tears in rain. Time to die...",
            "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
            "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
        ],
    ];

    [Theory]
    [ClassData(typeof(Paths))]
    public void Published_deterministic_signatures_hold(string path)
    {
        var suite = CryptoSuite.Choose(path);
        foreach (var vector in Published)
        {
            var digest = SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(vector[1]));
            using var key = Secp256k1Key.FromPrivateKey(Convert.FromHexString(vector[0]), suite);
            var signature = new byte[72];
            var length = key.Sign(digest, signature);
            var compact = new byte[64];
            DerSignature.TryRead(signature.AsSpan(0, length), compact).ShouldBeTrue();

            Convert.ToHexStringLower(compact).ShouldBe(vector[2] + vector[3]);
            suite.Secp256k1.Verify(key.PublicKey, digest, signature.AsSpan(0, length)).ShouldBeTrue();
        }
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void The_public_key_of_one_is_the_generator(string path)
    {
        using var key = Secp256k1Key.FromPrivateKey(Number(1), CryptoSuite.Choose(path));
        Convert.ToHexStringLower(key.PublicKey)
            .ShouldBe("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void Uncompressed_hybrid_torn_and_off_curve_keys_are_refused(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var (publicKey, digest, signature) = Signed(suite, 5);
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromFriendlyName("secp256k1"),
            D = Number(5),
        });
        var point = ecdsa.ExportParameters(false).Q;
        byte[] full = [4, .. point.X!, .. point.Y!];
        byte[] hybrid = [(byte)(6 + (point.Y![31] & 1)), .. point.X!, .. point.Y!];
        byte[] offCurve = [2, .. Number(5)];
        byte[][] bad = [full, hybrid, full[..33], hybrid[..33], publicKey[..32], [.. publicKey, 0], [], new byte[33], offCurve];

        suite.Secp256k1.Verify(publicKey, digest, signature).ShouldBeTrue();
        suite.Secp256k1.IsPublicKey(publicKey).ShouldBeTrue();
        foreach (var key in bad)
        {
            suite.Secp256k1.Verify(key, digest, signature).ShouldBeFalse();
            suite.Secp256k1.IsPublicKey(key).ShouldBeFalse();
        }

        for (byte first = 0; first < 255; first++)
        {
            publicKey[0] = first;
            suite.Secp256k1.IsPublicKey(publicKey).ShouldBe(first is 2 or 3);
        }

        // x at and above the field's prime is a second encoding of a smaller x.
        byte[] wrapped = [2, .. Convert.FromHexString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30")];
        suite.Secp256k1.IsPublicKey(wrapped).ShouldBeFalse();
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void High_s_and_digests_of_other_lengths_are_refused(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var (publicKey, digest, signature) = Signed(suite, 9);
        Span<byte> compact = stackalloc byte[64];
        DerSignature.TryRead(signature, compact).ShouldBeTrue();
        var s = new BigInteger(compact[32..], isUnsigned: true, isBigEndian: true);
        var high = DerSignatureTests.Der(compact[..32].ToArray(), Number(Order - s));

        suite.Secp256k1.Verify(publicKey, digest, high).ShouldBeFalse();
        suite.Secp256k1.Verify(publicKey, digest.AsSpan(0, 31), signature).ShouldBeFalse();
        suite.Secp256k1.Verify(publicKey, [.. digest, 0], signature).ShouldBeFalse();
        suite.Secp256k1.Verify(publicKey, [], signature).ShouldBeFalse();
    }

    [Fact]
    public void All_paths_sign_alike_also_at_the_edges_of_key_and_digest()
    {
        var random = new Random(11);
        BigInteger[] keys = [1, 2, Order - 1, Order - 2, (Order - 1) / 2, Order / 3];
        var digests = new List<byte[]> { new byte[32], Number(1), Number(Order), Number(Order - 1), Number(BigInteger.Pow(2, 256) - 1) };
        for (var i = 0; i < 40; i++)
        {
            var digest = new byte[32];
            random.NextBytes(digest);
            digests.Add(digest);
        }

        foreach (var key in keys)
        {
            foreach (var digest in digests)
            {
                var signatures = CryptoSuite.All.Select(suite => Sign(suite, Number(key), digest)).ToArray();
                signatures.Distinct().Count().ShouldBe(1);
                foreach (var suite in CryptoSuite.All)
                {
                    using var pair = Secp256k1Key.FromPrivateKey(Number(key), suite);
                    suite.Secp256k1.Verify(pair.PublicKey, digest, Convert.FromHexString(signatures[0])).ShouldBeTrue();
                }
            }
        }
    }

    [Fact]
    public void All_paths_agree_on_mutated_signatures()
    {
        var random = new Random(20250608);
        for (var round = 0; round < 1500; round++)
        {
            var (publicKey, digest, signature) = Signed(CryptoSuite.Active, 1 + (round % 200));
            foreach (var target in new[] { publicKey, digest, signature })
            {
                if (random.Next(3) == 0)
                {
                    target[random.Next(target.Length)] = (byte)random.Next(256);
                }
            }

            CryptoSuite.All.Select(suite => suite.Secp256k1.Verify(publicKey, digest, signature))
                .Distinct().Count().ShouldBe(1);
        }
    }

    [Fact]
    public void Private_keys_add_modulo_the_order()
    {
        var random = new Random(12);
        BigInteger[] edges = [1, 2, Order - 1, Order - 2, (Order - 1) / 2, (Order + 1) / 2];
        var numbers = edges.Concat(Enumerable.Range(0, 50).Select(_ => (BigInteger)random.NextInt64() * Order / long.MaxValue + 1)).ToArray();
        foreach (var a in numbers)
        {
            foreach (var b in numbers)
            {
                var sum = new byte[32];
                var usable = Secp256k1.TryAddPrivateKeys(Number(a), Number(b), sum);
                new BigInteger(sum, isUnsigned: true, isBigEndian: true).ShouldBe((a + b) % Order);
                usable.ShouldBe((a + b) % Order != 0);
            }
        }
    }

    [Fact]
    public void Zero_the_order_and_more_are_no_private_keys()
    {
        BigInteger[] bad = [0, Order, Order + 1, BigInteger.Pow(2, 256) - 1];
        foreach (var number in bad)
        {
            Secp256k1.IsPrivateKey(Number(number)).ShouldBeFalse();
            Should.Throw<ArgumentException>(() => Secp256k1Key.FromPrivateKey(Number(number)));
        }

        Secp256k1.IsPrivateKey(Number(1)).ShouldBeTrue();
        Secp256k1.IsPrivateKey(Number(Order - 1)).ShouldBeTrue();
        Secp256k1.IsPrivateKey(new byte[31]).ShouldBeFalse();
        Secp256k1.IsPrivateKey([]).ShouldBeFalse();
    }

    [Fact]
    public void The_static_door_signs_and_verifies_on_the_active_path()
    {
        var publicKey = new byte[33];
        var signature = new byte[72];
        Secp256k1.PublicKey(Number(77), publicKey);
        var length = Secp256k1.Sign(Number(77), Number(5), signature);
        Secp256k1.Verify(publicKey, Number(5), signature.AsSpan(0, length)).ShouldBeTrue();
        Secp256k1.Verify(publicKey, Number(6), signature.AsSpan(0, length)).ShouldBeFalse();
        Secp256k1.IsPublicKey(publicKey).ShouldBeTrue();
    }

    internal static (byte[] PublicKey, byte[] Digest, byte[] Signature) Signed(CryptoSuite suite, int n)
    {
        using var key = Secp256k1Key.FromPrivateKey(Number(n), suite);
        var digest = SHA256.HashData(BitConverter.GetBytes(n));
        var signature = new byte[72];
        var length = key.Sign(digest, signature);
        return (key.PublicKey.ToArray(), digest, signature[..length]);
    }

    internal static byte[] Number(BigInteger number)
    {
        var bytes = new byte[32];
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(bytes, 32 - digits.Length);
        return bytes;
    }

    private static string Sign(CryptoSuite suite, byte[] key, byte[] digest)
    {
        using var pair = Secp256k1Key.FromPrivateKey(key, suite);
        var signature = new byte[72];
        return Convert.ToHexString(signature.AsSpan(0, pair.Sign(digest, signature)));
    }
}
