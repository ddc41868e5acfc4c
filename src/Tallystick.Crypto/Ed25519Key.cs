using System.Runtime.InteropServices;

namespace Tallystick.Crypto;

/// <summary>
/// An Ed25519 key pair ready to sign many times. The secret lives outside the managed heap and is zeroed by
/// <see cref="Dispose"/> (and by the finaliser, should that be forgotten). Safe for concurrent use.
/// </summary>
public sealed class Ed25519Key : IDisposable
{
    private readonly Ed25519Path _path;
    private readonly SafeHandle _secret;
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeyBytes];

    private Ed25519Key(Ed25519Path path, ReadOnlySpan<byte> seed) =>
        (_path, _secret) = (path, path.OpenKey(seed, _publicKey));

    /// <summary>The 32 bytes of the public key.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Makes the key pair of a 32-byte seed (RFC 8032 section 5.1.5). The caller zeroes its own seed.</summary>
    /// <param name="seed">32 secret bytes.</param>
    /// <param name="suite">Where to compute; the active suite when left out.</param>
    /// <exception cref="ArgumentException">The seed is not 32 bytes long.</exception>
    public static Ed25519Key FromSeed(ReadOnlySpan<byte> seed, CryptoSuite? suite = null)
    {
        Ed25519.CheckLength(seed.Length, Ed25519.SeedBytes, nameof(seed));
        return new Ed25519Key((suite ?? CryptoSuite.Active).Ed25519, seed);
    }

    /// <summary>Writes the 64-byte signature of the raw message (RFC 8032 section 5.1.6).</summary>
    /// <exception cref="ArgumentException">The destination is not 64 bytes long.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Ed25519.CheckLength(signature.Length, Ed25519.SignatureBytes, nameof(signature));
        var held = false;
        try
        {
            _secret.DangerousAddRef(ref held);
            _path.Sign(_secret, message, signature);
        }
        finally
        {
            if (held)
            {
                _secret.DangerousRelease();
            }
        }
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose() => _secret.Dispose();
}
