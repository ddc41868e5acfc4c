using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Tallystick.Crypto;

namespace Tallystick.Core.Transparency;

/// <summary>
/// An Ed25519 key that signs notes under a name (C2SP signed-note, "Ed25519 signatures"), or cosigns
/// checkpoints (C2SP tlog-cosignature). The secret is zeroed when the key is disposed of.
/// </summary>
public sealed class NoteSigningKey : IDisposable
{
    private const string SecretPrefix = "PRIVATE+KEY+";

    private readonly Ed25519Key _key;

    /// <summary>Makes the key pair of a 32-byte seed. The caller zeroes its own seed.</summary>
    /// <param name="name">Key name: not empty, no white space, no plus sign.</param>
    /// <param name="type">How the key signs.</param>
    /// <param name="seed">32 secret bytes (RFC 8032 §5.1.5).</param>
    /// <exception cref="ArgumentException">The name or the length of the seed is not allowed.</exception>
    public NoteSigningKey(string name, NoteKeyType type, ReadOnlySpan<byte> seed)
    {
        _key = Ed25519Key.FromSeed(seed);
        Verifier = new VerifierKey(name, type, _key.PublicKey);
    }

    /// <summary>
    /// Reads an Ed25519 signing key in the text form of Go's note package,
    /// <c>PRIVATE+KEY+name+hash+base64(0x01 ‖ seed)</c>; false when it is malformed or its hash is wrong.
    /// </summary>
    public static bool TryParse(string? text, out NoteSigningKey key)
    {
        key = null!;
        var parts = text is not null && text.StartsWith(SecretPrefix, StringComparison.Ordinal)
            ? text[SecretPrefix.Length..].Split('+', 3)
            : [];
        if (parts.Length != 3 || !SignedNote.IsKeyName(parts[0])
            || !StrictBase64.TryDecode(parts[2], 1 + Ed25519.SeedBytes, out var material)
            || material.Length != 1 + Ed25519.SeedBytes || material[0] != (byte)NoteKeyType.Ed25519)
        {
            return false;
        }

        var read = new NoteSigningKey(parts[0], NoteKeyType.Ed25519, material.AsSpan(1));
        CryptographicOperations.ZeroMemory(material);
        if (read.Verifier.KeyId.ToString("x8", CultureInfo.InvariantCulture) != parts[1])
        {
            read.Dispose();
            return false;
        }

        key = read;
        return true;
    }

    /// <summary>The text form that <see cref="TryParse"/> reads: a secret, for a file that only its owner can read.</summary>
    /// <param name="name">Key name.</param>
    /// <param name="seed">32 secret bytes.</param>
    public static string SecretText(string name, ReadOnlySpan<byte> seed)
    {
        using var key = new NoteSigningKey(name, NoteKeyType.Ed25519, seed);
        byte[] material = [(byte)NoteKeyType.Ed25519, .. seed];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{SecretPrefix}{name}+{key.Verifier.KeyId:x8}+{Convert.ToBase64String(material)}");
    }

    /// <summary>The public half.</summary>
    public VerifierKey Verifier { get; }

    /// <summary>Signs a text that ends with a newline.</summary>
    /// <exception cref="ArgumentException">The text does not end with a newline.</exception>
    /// <exception cref="InvalidOperationException">The key is one for cosignatures.</exception>
    public NoteSignature Sign(string text)
    {
        if (Verifier.Type != NoteKeyType.Ed25519)
        {
            throw new InvalidOperationException("A cosigning key signs with a time: call Cosign.");
        }

        if (!text.EndsWith('\n'))
        {
            throw new ArgumentException("The text of a note ends with a newline.", nameof(text));
        }

        var note = new SignedNote(text, []);
        var signature = new byte[Ed25519.SignatureBytes];
        _key.Sign(note.SignedBytes, signature);
        return new NoteSignature(Verifier.Name, Verifier.KeyId, signature);
    }

    /// <summary>Cosigns a checkpoint (C2SP tlog-cosignature): the tree was seen, and was consistent, at this time.</summary>
    /// <param name="checkpoint">What is cosigned.</param>
    /// <param name="posixSeconds">Seconds since 1970-01-01 UTC, not negative.</param>
    /// <exception cref="InvalidOperationException">The key is one for plain signatures.</exception>
    public NoteSignature Cosign(Checkpoint checkpoint, long posixSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(posixSeconds);
        if (Verifier.Type != NoteKeyType.CosignatureV1)
        {
            throw new InvalidOperationException("A plain key signs without a time: call Sign.");
        }

        var signature = new byte[sizeof(ulong) + Ed25519.SignatureBytes];
        BinaryPrimitives.WriteUInt64BigEndian(signature, (ulong)posixSeconds);
        var message = VerifierKey.CosignedBytes((ulong)posixSeconds, checkpoint.ToString());
        _key.Sign(message, signature.AsSpan(sizeof(ulong)));
        return new NoteSignature(Verifier.Name, Verifier.KeyId, signature);
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose() => _key.Dispose();
}
