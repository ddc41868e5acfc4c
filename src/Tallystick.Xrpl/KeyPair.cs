using System.Security.Cryptography;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>
/// A key pair that signs for an account. Holds the secret outside the managed heap until <see cref="Dispose"/>.
/// </summary>
public sealed class KeyPair : IDisposable
{
    /// <summary>The longest signature of either algorithm.</summary>
    public const int SignatureBytesMax = Secp256k1.SignatureBytesMax;

    private readonly Ed25519Key? _ed25519;
    private readonly Secp256k1Key? _secp256k1;

    private KeyPair(Ed25519Key key)
    {
        _ed25519 = key;
        _ = PublicKey.TryRead([PublicKey.Ed25519Prefix, .. key.PublicKey], out var encoded);
        PublicKey = encoded;
    }

    private KeyPair(Secp256k1Key key)
    {
        _secp256k1 = key;
        _ = PublicKey.TryRead(key.PublicKey, out var encoded);
        PublicKey = encoded;
    }

    /// <summary>The public half.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The account whose master key this is.</summary>
    public AccountId Account => AccountId.FromPublicKey(PublicKey);

    /// <summary>Takes 32 secret bytes: an Ed25519 seed, or a secp256k1 number from 1 to n - 1.</summary>
    /// <exception cref="ArgumentException">The length or the range is wrong.</exception>
    public static KeyPair FromSecret(SignatureAlgorithm algorithm, ReadOnlySpan<byte> secret, CryptoSuite? suite = null) =>
        algorithm == SignatureAlgorithm.Ed25519
            ? new KeyPair(Ed25519Key.FromSeed(secret, suite))
            : new KeyPair(Secp256k1Key.FromPrivateKey(secret, suite));

    /// <summary>
    /// Reads the hexadecimal form of other tools: 66 digits, the first two 00 (secp256k1) or ED (Ed25519).
    /// </summary>
    /// <exception cref="XrplFormatException">Says what is wrong; never repeats the secret.</exception>
    public static KeyPair Parse(string privateKey, CryptoSuite? suite = null)
    {
        Span<byte> bytes = stackalloc byte[33];
        Hex.Read(privateKey, bytes, "private key");
        try
        {
            return bytes[0] switch
            {
                PublicKey.Ed25519Prefix => FromSecret(SignatureAlgorithm.Ed25519, bytes[1..], suite),
                0 when Secp256k1.IsPrivateKey(bytes[1..]) =>
                    FromSecret(SignatureAlgorithm.Secp256k1, bytes[1..], suite),
                0 => throw new XrplFormatException("not a number from 1 to n - 1", "private key"),
                _ => throw new XrplFormatException("starts with neither 00 nor ED", "private key"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// Signs a message (its SHA-512Half for secp256k1, the bytes themselves for Ed25519) and returns the length.
    /// </summary>
    /// <param name="message">What to sign.</param>
    /// <param name="signature">At least <see cref="SignatureBytesMax"/> bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ObjectDisposedException">The key pair was disposed.</exception>
    public int Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (_ed25519 is not null)
        {
            _ed25519.Sign(message, signature[..Ed25519.SignatureBytes]);
            return Ed25519.SignatureBytes;
        }

        Span<byte> digest = stackalloc byte[Sha512Half.Bytes];
        Sha512Half.Hash(message, digest);
        return _secp256k1!.Sign(digest, signature);
    }

    /// <summary>Signs a message into a new array.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> signature = stackalloc byte[SignatureBytesMax];
        return signature[..Sign(message, signature)].ToArray();
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose()
    {
        _ed25519?.Dispose();
        _secp256k1?.Dispose();
    }
}
