using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Crypto;

namespace Tallystick.Core.Transparency;

/// <summary>Kinds of note signatures that are understood (C2SP signed-note, "Signature types").</summary>
[SuppressMessage("Design", "CA1027", Justification = "These are identifiers, not bits that add up.")]
public enum NoteKeyType
{
    /// <summary>Ed25519 over the note's text.</summary>
    Ed25519 = 0x01,

    /// <summary>Timestamped Ed25519 cosignature of a checkpoint, <c>cosignature/v1</c> (C2SP tlog-cosignature).</summary>
    CosignatureV1 = 0x04,
}

/// <summary>What a set of trusted keys says about a note. Closed: one of the three records below.</summary>
public abstract record NoteVerdict
{
    private NoteVerdict()
    {
    }

    /// <summary>At least one known key signed and no signature of a known key is wrong.</summary>
    /// <param name="Signers">The keys that signed, each once.</param>
    public sealed record Verified(IReadOnlyList<NoteSigner> Signers) : NoteVerdict;

    /// <summary>No signature is by a known key.</summary>
    public sealed record NoKnownKey : NoteVerdict;

    /// <summary>A line names a known key, and that key did not sign this text.</summary>
    public sealed record WrongSignature(VerifierKey Key) : NoteVerdict;
}

/// <summary>A key that signed a note.</summary>
/// <param name="Key">The key.</param>
/// <param name="CosignedAtSeconds">POSIX time in seconds that a cosignature carries; null for plain signatures.</param>
public sealed record NoteSigner(VerifierKey Key, long? CosignedAtSeconds);

/// <summary>
/// A public key that verifies notes, in the text form <c>name+hash+base64</c> (C2SP signed-note,
/// "Verifier keys"). Two keys are equal when their text forms are.
/// </summary>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const int CosignatureBytes = sizeof(ulong) + Ed25519.SignatureBytes;

    /// <summary>Longest key text that is read, in characters.</summary>
    private const int LengthMax = 1024;

    private readonly byte[] _publicKey;

    /// <summary>Names a 32-byte Ed25519 public key.</summary>
    /// <param name="name">Key name: not empty, no white space, no plus sign.</param>
    /// <param name="type">How the key signs.</param>
    /// <param name="publicKey">32 bytes (RFC 8032 §5.1.5).</param>
    /// <exception cref="ArgumentException">The name, the type or the length is not allowed.</exception>
    public VerifierKey(string name, NoteKeyType type, ReadOnlySpan<byte> publicKey)
    {
        if (!SignedNote.IsKeyName(name) || !Enum.IsDefined(type) || publicKey.Length != Ed25519.PublicKeyBytes)
        {
            throw new ArgumentException("A verifier key needs a name without spaces or '+' and 32 bytes.", nameof(name));
        }

        Name = name;
        Type = type;
        _publicKey = publicKey.ToArray();
        KeyId = KeyIdOf(name, Material());
    }

    /// <summary>Name of the key; for a log the same as the origin of its checkpoints.</summary>
    public string Name { get; }

    /// <summary>How the key signs.</summary>
    public NoteKeyType Type { get; }

    /// <summary>First four bytes, big endian, of SHA-256(name ‖ 0x0A ‖ type ‖ public key).</summary>
    public uint KeyId { get; }

    /// <summary>The 32 bytes of the public key.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Reads <c>name+hash+base64</c>; false when it is malformed, of another type, or its hash is wrong.</summary>
    public static bool TryParse(string? text, out VerifierKey key)
    {
        key = null!;
        var parts = text is { Length: <= LengthMax } ? text.Split('+', 3) : [];
        if (parts.Length != 3 || !SignedNote.IsKeyName(parts[0])
            || !StrictBase64.TryDecode(parts[2], 1 + Ed25519.PublicKeyBytes, out var material)
            || material.Length != 1 + Ed25519.PublicKeyBytes || !Enum.IsDefined((NoteKeyType)material[0]))
        {
            return false;
        }

        var read = new VerifierKey(parts[0], (NoteKeyType)material[0], material.AsSpan(1));
        if (read.ToString() != text)
        {
            return false;
        }

        key = read;
        return true;
    }

    /// <summary>
    /// Checks a note against trusted keys (C2SP signed-note, "Signatures"): signatures of unknown keys are
    /// ignored, one wrong signature of a known key refuses the whole note.
    /// </summary>
    public static NoteVerdict Verify(SignedNote note, IReadOnlyCollection<VerifierKey> trusted)
    {
        var signers = new List<NoteSigner>();
        foreach (var signature in note.Signatures)
        {
            var key = trusted.FirstOrDefault(k => k.KeyId == signature.KeyId && k.Name == signature.KeyName);
            if (key is null)
            {
                continue;
            }

            if (!key.IsSignature(note, signature.Bytes, out var time))
            {
                return new NoteVerdict.WrongSignature(key);
            }

            if (!signers.Any(s => s.Key.Equals(key)))
            {
                signers.Add(new NoteSigner(key, time));
            }
        }

        return signers.Count == 0 ? new NoteVerdict.NoKnownKey() : new NoteVerdict.Verified(signers);
    }

    /// <summary>The text form <c>name+hash+base64</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}+{KeyId:x8}+{Convert.ToBase64String(Material())}");

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) =>
        other is not null && Name == other.Name && Type == other.Type && _publicKey.AsSpan().SequenceEqual(other._publicKey);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, KeyId);

    /// <summary>The message that a cosignature signs (C2SP tlog-cosignature, "Ed25519 signed message").</summary>
    internal static byte[] CosignedBytes(ulong seconds, string noteText) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n") + noteText);

    private bool IsSignature(SignedNote note, ReadOnlySpan<byte> bytes, out long? time)
    {
        time = null;
        if (Type == NoteKeyType.Ed25519)
        {
            return Ed25519.Verify(_publicKey, note.SignedBytes, bytes);
        }

        // A cosignature states something about a tree, so only a checkpoint can carry one.
        if (bytes.Length != CosignatureBytes || !Checkpoint.TryParse(note.Text, out _))
        {
            return false;
        }

        var seconds = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (seconds > long.MaxValue)
        {
            return false;
        }

        time = (long)seconds;
        return Ed25519.Verify(_publicKey, CosignedBytes(seconds, note.Text), bytes[sizeof(ulong)..]);
    }

    private byte[] Material() => [(byte)Type, .. _publicKey];

    private static uint KeyIdOf(string name, byte[] material)
    {
        byte[] message = [.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. material];
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(message));
    }
}
