using System.Security.Cryptography;
using Tallystick.Crypto;

namespace Tallystick.Bench;

/// <summary>A key, a message of a claim's length (a digest for secp256k1) and its signature.</summary>
internal sealed record CryptoSample(byte[] Secret, byte[] ExpandedKey, byte[] PublicKey, byte[] Message, byte[] Signature)
{
    private const int ClaimBytes = 44;

    /// <summary>Many different keys, so that nobody wins by remembering one.</summary>
    public static CryptoSample[] Make(SignatureAlgorithm algorithm, int count) =>
        [.. Enumerable.Range(1, count).Select(n => algorithm == SignatureAlgorithm.Ed25519 ? Edwards(n) : Koblitz(n))];

    /// <summary>A benchmark of wrong answers would measure nothing.</summary>
    public static void Expect(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("a signature of the benchmark does not hold");
        }
    }

    private static CryptoSample Edwards(int n)
    {
        var secret = SHA256.HashData(BitConverter.GetBytes(n));
        using var key = Ed25519Key.FromSeed(secret);
        var (message, signature) = (new byte[ClaimBytes], new byte[64]);
        secret.CopyTo(message, 5);
        key.Sign(message, signature);
        return new CryptoSample(secret, [.. secret, .. key.PublicKey], key.PublicKey.ToArray(), message, signature);
    }

    private static CryptoSample Koblitz(int n)
    {
        var secret = SHA256.HashData(BitConverter.GetBytes(n));
        using var key = Secp256k1Key.FromPrivateKey(secret);
        var (digest, signature) = (SHA256.HashData(secret), new byte[72]);
        var length = key.Sign(digest, signature);
        return new CryptoSample(secret, [], key.PublicKey.ToArray(), digest, signature[..length]);
    }
}
