namespace Tallystick.Crypto;

/// <summary>
/// A secp256k1 key pair ready to sign many times. The secret lives outside the managed heap and is zeroed by
/// <see cref="Dispose"/> (and by the finaliser, should that be forgotten). Safe for concurrent use.
/// </summary>
public sealed class Secp256k1Key : IDisposable
{
    private readonly Secp256k1Path _path;
    private readonly SecretBytes _secret;
    private readonly byte[] _publicKey = new byte[Secp256k1.PublicKeyBytes];

    private Secp256k1Key(Secp256k1Path path, ReadOnlySpan<byte> privateKey)
    {
        (_path, _secret) = (path, new SecretBytes(privateKey));
        path.PublicKey(_secret, _publicKey);
    }

    /// <summary>The 33 bytes of the compressed public key.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Makes the key pair of a private key. The caller zeroes its own copy.</summary>
    /// <param name="privateKey">32 bytes, big endian, from 1 to n - 1.</param>
    /// <param name="suite">Where to compute; the active suite when left out.</param>
    /// <exception cref="ArgumentException">The length is wrong, or the number is 0 or not below n.</exception>
    public static Secp256k1Key FromPrivateKey(ReadOnlySpan<byte> privateKey, CryptoSuite? suite = null)
    {
        Secp256k1.CheckPrivateKey(privateKey, nameof(privateKey));
        return new Secp256k1Key((suite ?? CryptoSuite.Active).Secp256k1, privateKey);
    }

    /// <summary>
    /// Writes the deterministic signature (RFC 6979, low S) of a 32-byte digest in DER and returns its length.
    /// </summary>
    /// <param name="digest">32 bytes.</param>
    /// <param name="signature">At least <see cref="Secp256k1.SignatureBytesMax"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public int Sign(ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        Ed25519.CheckLength(digest.Length, Secp256k1.DigestBytes, nameof(digest));
        Span<byte> compact = stackalloc byte[DerSignature.CompactBytes];
        var held = false;
        try
        {
            _secret.DangerousAddRef(ref held);
            _path.Sign(_secret, digest, compact);
        }
        finally
        {
            if (held)
            {
                _secret.DangerousRelease();
            }
        }

        return DerSignature.Write(compact, signature);
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose() => _secret.Dispose();
}
