using System.Security.Cryptography;
using System.Text;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Encrypts what must not be read from the database alone (AES-256-GCM), under a key that lies in the data folder with
/// mode 600. The name of a secret is bound in: a ciphertext moved to another row does not open.
/// </summary>
internal sealed class KeyWrap : IDisposable
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Lazy<AesGcm> _cipher;

    public KeyWrap(FoundationOptions options) => _cipher = new(() =>
    {
        var folder = PrivateFolder.Create(options.DataFolder, "keys");
        var key = PrivateFolder.ReadOrCreate(
            Path.Combine(folder.FullName, "licensing.kek"), () => RandomNumberGenerator.GetBytes(KeyBytes));
        return key.Length == KeyBytes
            ? new AesGcm(key, TagBytes)
            : throw new InvalidOperationException($"keys/licensing.kek has {key.Length} bytes instead of {KeyBytes}. Restore it from a backup.");
    });

    public byte[] Wrap(string name, ReadOnlySpan<byte> secret)
    {
        var wrapped = new byte[NonceBytes + secret.Length + TagBytes];
        var nonce = wrapped.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Value.Encrypt(
            nonce,
            secret,
            wrapped.AsSpan(NonceBytes, secret.Length),
            wrapped.AsSpan(NonceBytes + secret.Length),
            Encoding.UTF8.GetBytes(name));
        return wrapped;
    }

    /// <exception cref="CryptographicException">The key in the data folder is another one, or the row was altered.</exception>
    public byte[] Unwrap(string name, ReadOnlySpan<byte> wrapped)
    {
        var secret = new byte[wrapped.Length - NonceBytes - TagBytes];
        _cipher.Value.Decrypt(
            wrapped[..NonceBytes],
            wrapped.Slice(NonceBytes, secret.Length),
            wrapped[^TagBytes..],
            secret,
            Encoding.UTF8.GetBytes(name));
        return secret;
    }

    public void Dispose()
    {
        if (_cipher.IsValueCreated)
        {
            _cipher.Value.Dispose();
        }
    }
}
