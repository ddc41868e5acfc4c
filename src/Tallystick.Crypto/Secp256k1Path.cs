namespace Tallystick.Crypto;

/// <summary>One way to compute ECDSA over secp256k1 on this machine. All of them give the same answers.</summary>
public abstract class Secp256k1Path
{
    private protected Secp256k1Path(string name) => Name = name;

    /// <summary>The library behind it: <c>libsecp256k1</c> or <c>libcrypto</c>.</summary>
    public string Name { get; }

    /// <inheritdoc cref="Secp256k1.Verify"/>
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        Span<byte> compact = stackalloc byte[DerSignature.CompactBytes];
        return HasShape(publicKey)
            && digest.Length == Secp256k1.DigestBytes
            && DerSignature.TryRead(signature, compact)
            && VerifyChecked(publicKey, digest, signature, compact);
    }

    /// <inheritdoc cref="Secp256k1.IsPublicKey"/>
    public bool IsPublicKey(ReadOnlySpan<byte> publicKey) => HasShape(publicKey) && IsOnCurve(publicKey);

    /// <summary>The equation itself. Lengths, the key's first byte and the signature's encoding were checked.</summary>
    private protected abstract bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> der, ReadOnlySpan<byte> compact);

    private protected abstract bool IsOnCurve(ReadOnlySpan<byte> publicKey);

    /// <summary>The compressed public key of a private key in range.</summary>
    internal abstract void PublicKey(SecretBytes privateKey, Span<byte> publicKey);

    /// <summary>r and s of the deterministic signature, s low.</summary>
    internal abstract void Sign(SecretBytes privateKey, ReadOnlySpan<byte> digest, Span<byte> compact);

    // A 33-byte key that starts with 04, 06 or 07 is a torn uncompressed or hybrid one.
    private static bool HasShape(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == Secp256k1.PublicKeyBytes && publicKey[0] is 0x02 or 0x03;
}
