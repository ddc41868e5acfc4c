namespace Tallystick.Crypto;

/// <summary>
/// Ed25519 (RFC 8032 section 5.1, "pure": the message is signed as it is, never hashed first), on the path that
/// <see cref="CryptoSuite.Active"/> chose at start.
/// </summary>
/// <remarks>
/// RFC 8032 leaves room at the edges and libraries differ there. Every path here answers alike: the equation is the
/// cofactorless one; S must be below the group order L; the y of the public key must be below p (one encoding per
/// key); a public key or an R among the eight points of small order is refused (such a key "signs" everything).
/// </remarks>
public static class Ed25519
{
    /// <summary>Length of a private seed, RFC 8032 section 5.1.5.</summary>
    public const int SeedBytes = 32;

    /// <summary>Length of an encoded public key.</summary>
    public const int PublicKeyBytes = 32;

    /// <summary>Length of a signature, R followed by S.</summary>
    public const int SignatureBytes = 64;

    /// <summary>
    /// Whether <paramref name="signature"/> is the signature of the raw <paramref name="message"/> by
    /// <paramref name="publicKey"/>. Any bytes of any length are answered with true or false; nothing throws,
    /// nothing is allocated.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        CryptoSuite.Active.Ed25519.Verify(publicKey, message, signature);

    /// <summary>Derives the 32-byte public key of a 32-byte seed (RFC 8032 section 5.1.5).</summary>
    /// <exception cref="ArgumentException">The seed or the destination has another length.</exception>
    public static void PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        using var key = Ed25519Key.FromSeed(seed);
        CheckLength(publicKey.Length, PublicKeyBytes, nameof(publicKey));
        key.PublicKey.CopyTo(publicKey);
    }

    /// <summary>
    /// Signs once. The public key is derived again each time, because a signature made with a public key that does
    /// not belong to the seed gives the seed away; to sign often keep an <see cref="Ed25519Key"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The seed or the destination has another length.</exception>
    public static void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        using var key = Ed25519Key.FromSeed(seed);
        key.Sign(message, signature);
    }

    internal static void CheckLength(int length, int expected, string parameter)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{length} bytes where {expected} are needed", parameter);
        }
    }
}
