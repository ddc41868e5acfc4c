using System.Security.Cryptography;
using System.Text;

namespace Tallystick.Core.Transparency;

/// <summary>
/// A salted commitment: SHA-256(salt ‖ opening). The log holds only this hash, so that neither price nor buyer
/// nor time can be read from it or guessed, and so that destroying salt and opening erases what it was about
/// while every proof over it stays valid.
/// </summary>
public static class Commitment
{
    /// <summary>Bytes of salt: as many as the hash has, so that guessing the opening never pays.</summary>
    public const int SaltBytes = 32;

    /// <summary>Longest opening in bytes of canonical JSON. It is one record, not a document.</summary>
    public const int OpeningBytesMax = 64 * 1024;

    /// <summary>Commits to an opening.</summary>
    /// <param name="salt">32 random bytes, used once.</param>
    /// <param name="canonicalOpening">The opening in canonical JSON (RFC 8785), UTF-8.</param>
    /// <exception cref="ArgumentException">The salt has another length: the joint would be ambiguous.</exception>
    public static MerkleHash Of(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> canonicalOpening)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A salt has {SaltBytes} bytes, not {salt.Length}.", nameof(salt));
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(salt);
        sha.AppendData(canonicalOpening);
        return new MerkleHash(sha.GetHashAndReset());
    }
}

/// <summary>
/// What the log publishes of a receipt: its kind and a commitment, in canonical JSON (RFC 8785).
/// </summary>
/// <param name="Kind">The coarse kind.</param>
/// <param name="Commitment">SHA-256(salt ‖ opening).</param>
public readonly record struct ReceiptLeaf(ReceiptKind Kind, MerkleHash Commitment)
{
    /// <summary>Version of the form below. Another form gets another number.</summary>
    public const int Version = 1;

    /// <summary>
    /// The entry of the log. Canonical JSON sorts members by name; these values need no escapes, so the text
    /// can be written down as it is.
    /// </summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(
        $$"""{"commitment":"{{Commitment}}","kind":"{{Kind.Name()}}","version":{{Version}}}""");
}
