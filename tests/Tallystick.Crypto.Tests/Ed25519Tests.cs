using System.Numerics;

namespace Tallystick.Crypto.Tests;

public sealed class Ed25519Tests
{
    private static readonly BigInteger Order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    // RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc): seed, public key, message, signature.
    private static readonly string[][] Published =
    [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
        [
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ],
    ];

    [Theory]
    [ClassData(typeof(Paths))]
    public void Published_vectors_hold(string path)
    {
        var suite = CryptoSuite.Choose(path);
        foreach (var vector in Published)
        {
            var (seed, publicKey) = (Convert.FromHexString(vector[0]), Convert.FromHexString(vector[1]));
            var (message, expected) = (Convert.FromHexString(vector[2]), Convert.FromHexString(vector[3]));
            using var key = Ed25519Key.FromSeed(seed, suite);
            var signature = new byte[64];
            key.Sign(message, signature);

            Convert.ToHexString(key.PublicKey).ShouldBe(Convert.ToHexString(publicKey));
            Convert.ToHexString(signature).ShouldBe(Convert.ToHexString(expected));
            suite.Ed25519.Verify(publicKey, message, signature).ShouldBeTrue();
            suite.Ed25519.Verify(publicKey, [.. message, 0], signature).ShouldBeFalse();
        }
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void Every_flipped_bit_of_a_signature_or_key_is_refused(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var (publicKey, message, signature) = Signed(suite, 7);
        for (var bit = 0; bit < 512; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            suite.Ed25519.Verify(publicKey, message, signature).ShouldBeFalse();
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var bit = 0; bit < 256; bit++)
        {
            publicKey[bit / 8] ^= (byte)(1 << (bit % 8));
            suite.Ed25519.Verify(publicKey, message, signature).ShouldBeFalse();
            publicKey[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        suite.Ed25519.Verify(publicKey, message, signature).ShouldBeTrue();
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void S_plus_the_order_is_refused(string path)
    {
        var suite = CryptoSuite.Choose(path);
        for (byte n = 0; n < 20; n++)
        {
            var (publicKey, message, signature) = Signed(suite, n);
            var s = new BigInteger(signature.AsSpan(32), isUnsigned: true);
            for (var lifted = s + Order; lifted < BigInteger.Pow(2, 256); lifted += Order)
            {
                Encode(lifted).CopyTo(signature, 32);
                suite.Ed25519.Verify(publicKey, message, signature).ShouldBeFalse();
            }
        }
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void Lengths_other_than_the_standards_are_refused(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var (publicKey, message, signature) = Signed(suite, 3);
        for (var length = 0; length < 100; length++)
        {
            var resized = signature;
            Array.Resize(ref resized, length);
            suite.Ed25519.Verify(publicKey, message, resized).ShouldBe(length == 64);
            var key = publicKey;
            Array.Resize(ref key, length);
            suite.Ed25519.Verify(key, message, signature).ShouldBe(length == 32);
        }
    }

    // For a key of small order and h with h A = 0, R = S B verifies for every message: such keys must not count.
    [Theory]
    [ClassData(typeof(Paths))]
    public void Points_of_small_order_and_second_encodings_are_refused_as_key_and_as_R(string path)
    {
        var suite = CryptoSuite.Choose(path);
        string[] orderEight =
        [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ];
        var bad = orderEight.Select(Convert.FromHexString)
            .Concat(new[] { BigInteger.Zero, BigInteger.One, Prime - 1 }.Select(Encode))
            .Concat(Enumerable.Range(0, 19).Select(above => Encode(Prime + above)))
            .SelectMany(point => new[] { point, [.. point[..31], (byte)(point[31] ^ 0x80)] })
            .ToArray();

        bad.Length.ShouldBe(48);
        foreach (var point in bad)
        {
            foreach (var r in bad)
            {
                byte[] signature = [.. r, .. new byte[32]];
                suite.Ed25519.Verify(point, "any"u8, signature).ShouldBeFalse();
            }

            var (publicKey, message, good) = Signed(suite, 1);
            byte[] swapped = [.. point, .. good[32..]];
            suite.Ed25519.Verify(publicKey, message, swapped).ShouldBeFalse();
            suite.Ed25519.Verify(point, message, good).ShouldBeFalse();
        }
    }

    [Fact]
    public void All_paths_agree_on_mutated_signatures()
    {
        var random = new Random(20250607);
        for (var round = 0; round < 3000; round++)
        {
            var (publicKey, message, signature) = Signed(CryptoSuite.Active, (byte)(round % 256));
            foreach (var target in new[] { publicKey, message, signature })
            {
                if (random.Next(3) == 0)
                {
                    target[random.Next(target.Length)] = (byte)random.Next(256);
                }
            }

            var answers = CryptoSuite.All
                .Select(suite => suite.Ed25519.Verify(publicKey, message, signature)).Distinct();
            answers.Count().ShouldBe(1);
        }
    }

    [Fact]
    public void The_static_door_signs_and_verifies_on_the_active_path()
    {
        var seed = Convert.FromHexString(Published[1][0]);
        Span<byte> publicKey = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[64];
        Ed25519.PublicKey(seed, publicKey);
        Ed25519.Sign(seed, [0x72], signature);
        Convert.ToHexStringLower(publicKey).ShouldBe(Published[1][1]);
        Convert.ToHexStringLower(signature).ShouldBe(Published[1][3]);
        Ed25519.Verify(publicKey, [0x72], signature).ShouldBeTrue();
    }

    [Theory]
    [ClassData(typeof(Paths))]
    public void A_key_signs_no_more_once_disposed_and_refuses_wrong_lengths(string path)
    {
        var key = Ed25519Key.FromSeed(new byte[32], CryptoSuite.Choose(path));
        Should.Throw<ArgumentException>(() => key.Sign([], new byte[63]));
        key.Dispose();
        Should.Throw<ObjectDisposedException>(() => key.Sign([], new byte[64]));
        Should.Throw<ArgumentException>(() => Ed25519Key.FromSeed(new byte[31]));
    }

    internal static (byte[] PublicKey, byte[] Message, byte[] Signature) Signed(CryptoSuite suite, byte n)
    {
        var seed = new byte[32];
        Array.Fill(seed, n);
        using var key = Ed25519Key.FromSeed(seed, suite);
        byte[] message = [1, 2, 3, n];
        var signature = new byte[64];
        key.Sign(message, signature);
        return (key.PublicKey.ToArray(), message, signature);
    }

    private static byte[] Encode(BigInteger number)
    {
        var bytes = new byte[32];
        number.TryWriteBytes(bytes, out _, isUnsigned: true).ShouldBeTrue();
        return bytes;
    }
}
