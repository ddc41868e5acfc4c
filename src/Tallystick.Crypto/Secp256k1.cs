namespace Tallystick.Crypto;

/// <summary>
/// ECDSA over secp256k1 (SEC 1 and SEC 2) as the XRP Ledger uses it: 33-byte compressed keys, a 32-byte digest,
/// signatures in strict DER with S in the lower half of the order; on the path that
/// <see cref="CryptoSuite.Active"/> chose at start.
/// </summary>
public static class Secp256k1
{
    /// <summary>Length of a private key: a big-endian number from 1 to n - 1.</summary>
    public const int PrivateKeyBytes = 32;

    /// <summary>Length of a compressed public key: 02 or 03, then x.</summary>
    public const int PublicKeyBytes = 33;

    /// <summary>Length of the digest that is signed.</summary>
    public const int DigestBytes = 32;

    /// <summary>Longest signature in DER: two integers of 33 bytes at most, of which S never needs more than 32.</summary>
    public const int SignatureBytesMax = 72;

    /// <summary>
    /// Whether <paramref name="signature"/> signs <paramref name="digest"/> under <paramref name="publicKey"/>.
    /// False for any other length or encoding: uncompressed and hybrid keys, BER that is not DER, padding, trailing
    /// bytes, r or s outside 1 to n - 1, s above n/2. Nothing throws, nothing is allocated.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature) =>
        CryptoSuite.Active.Secp256k1.Verify(publicKey, digest, signature);

    /// <summary>
    /// Writes the deterministic signature (RFC 6979 with HMAC-SHA256, low S) in DER and returns its length.
    /// </summary>
    /// <param name="privateKey">32 bytes, see <see cref="IsPrivateKey"/>.</param>
    /// <param name="digest">32 bytes.</param>
    /// <param name="signature">At least <see cref="SignatureBytesMax"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the private key is 0 or not below n.</exception>
    public static int Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        using var key = Secp256k1Key.FromPrivateKey(privateKey);
        return key.Sign(digest, signature);
    }

    /// <summary>Derives the 33-byte compressed public key.</summary>
    /// <exception cref="ArgumentException">A length is wrong, or the private key is 0 or not below n.</exception>
    public static void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        using var key = Secp256k1Key.FromPrivateKey(privateKey);
        Ed25519.CheckLength(publicKey.Length, PublicKeyBytes, nameof(publicKey));
        key.PublicKey.CopyTo(publicKey);
    }

    /// <summary>Whether these bytes are a private key: 32 of them, a number from 1 to n - 1.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> privateKey) =>
        privateKey.Length == PrivateKeyBytes && Secp256k1Scalar.IsInRange(privateKey);

    /// <summary>Whether these bytes are a compressed public key: 33 of them, 02 or 03, x on the curve.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> publicKey) =>
        CryptoSuite.Active.Secp256k1.IsPublicKey(publicKey);

    /// <summary>
    /// (<paramref name="left"/> + <paramref name="right"/>) mod n, in constant time, for key derivation.
    /// Both must be private keys. False when the sum is 0, which is no key.
    /// </summary>
    /// <exception cref="ArgumentException">A length is wrong, or an operand is no private key.</exception>
    public static bool TryAddPrivateKeys(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> sum)
    {
        CheckPrivateKey(left, nameof(left));
        CheckPrivateKey(right, nameof(right));
        Ed25519.CheckLength(sum.Length, PrivateKeyBytes, nameof(sum));
        Secp256k1Scalar.Add(left, right, sum);
        return Secp256k1Scalar.IsInRange(sum);
    }

    internal static void CheckPrivateKey(ReadOnlySpan<byte> privateKey, string parameter)
    {
        Ed25519.CheckLength(privateKey.Length, PrivateKeyBytes, parameter);
        if (!Secp256k1Scalar.IsInRange(privateKey))
        {
            throw new ArgumentException("a private key is a number from 1 to n - 1", parameter);
        }
    }
}
