using System.Buffers.Binary;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>
/// A public key as the ledger writes it: 33 bytes, first 02 or 03 (secp256k1, compressed) or ED (Ed25519).
/// Whether the rest is a point of the curve shows when it verifies.
/// </summary>
/// <remarks>https://xrpl.org/docs/concepts/accounts/cryptographic-keys</remarks>
public readonly record struct PublicKey
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 33;

    internal const byte Ed25519Prefix = 0xed;

    // Token type "AccountPublic": texts begin with aB (secp256k1) or aK (Ed25519).
    private const byte Base58Version = 0x23;

    private readonly byte _prefix;
    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private PublicKey(ReadOnlySpan<byte> bytes)
    {
        _prefix = bytes[0];
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[9..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[17..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[25..]);
    }

    /// <summary>Which algorithm the first byte names.</summary>
    public SignatureAlgorithm Algorithm =>
        _prefix == Ed25519Prefix ? SignatureAlgorithm.Ed25519 : SignatureAlgorithm.Secp256k1;

    /// <summary>Whether these bytes have the length and first byte of a key.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Bytes && bytes[0] is 0x02 or 0x03 or Ed25519Prefix;

    /// <summary>Takes 33 bytes; false when their length or first byte is no key's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PublicKey key)
    {
        var good = IsWellFormed(bytes);
        key = good ? new PublicKey(bytes) : default;
        return good;
    }

    /// <summary>Reads 66 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        key = default;
        return Hex.TryRead(hex, bytes) && TryRead(bytes, out key);
    }

    /// <summary>Reads 66 hexadecimal digits.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static PublicKey Parse(string hex)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Hex.Read(hex, bytes, "public key");
        return TryRead(bytes, out var key)
            ? key
            : throw new XrplFormatException($"starts with {bytes[0]:X2}, not 02, 03 or ED", "public key");
    }

    /// <summary>
    /// Reads the base58 form (<c>aB…</c>) in which servers show the key of an account. Beside <see cref="Parse"/>, not
    /// within it: where a protocol says hexadecimal, a key has one spelling.
    /// </summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static PublicKey ParseBase58(string text) =>
        TryParseBase58(text, out var key, out var problem) ? key : throw new XrplFormatException(problem, "public key");

    /// <summary>Reads the base58 form (<c>aB…</c>); <paramref name="problem"/> says why not.</summary>
    public static bool TryParseBase58(ReadOnlySpan<char> text, out PublicKey key, out string problem)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        key = default;
        problem = Base58.TryDecode(text, [Base58Version], bytes) ?? "";
        if (problem.Length == 0 && !TryRead(bytes, out key))
        {
            problem = $"starts with {bytes[0]:X2}, not 02, 03 or ED";
        }

        return problem.Length == 0;
    }

    /// <summary>Writes the 33 bytes.</summary>
    public void CopyTo(Span<byte> to)
    {
        to[0] = _prefix;
        BinaryPrimitives.WriteUInt64BigEndian(to[1..], _a);
        BinaryPrimitives.WriteUInt64BigEndian(to[9..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(to[17..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(to[25..], _d);
    }

    /// <summary>
    /// Whether the signature is this key's over the message: over the raw bytes for Ed25519, over their SHA-512Half
    /// for secp256k1. Any bytes are answered; nothing throws or is allocated.
    /// </summary>
    /// <param name="message">What was signed, before any hash.</param>
    /// <param name="signature">64 bytes for Ed25519, strict DER with low S for secp256k1.</param>
    /// <param name="suite">Where to compute; the active suite when left out.</param>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, CryptoSuite? suite = null)
    {
        Span<byte> encoded = stackalloc byte[Bytes];
        CopyTo(encoded);
        return Verify(encoded, message, signature, suite);
    }

    /// <summary>As the other, for key bytes of any shape: false when they are no key.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature,
        CryptoSuite? suite = null)
    {
        if (!IsWellFormed(publicKey))
        {
            return false;
        }

        var chosen = suite ?? CryptoSuite.Active;
        if (publicKey[0] == Ed25519Prefix)
        {
            return chosen.Ed25519.Verify(publicKey[1..], message, signature);
        }

        Span<byte> digest = stackalloc byte[Sha512Half.Bytes];
        Sha512Half.Hash(message, digest);
        return chosen.Secp256k1.Verify(publicKey, digest, signature);
    }

    /// <summary>The base58 form, <c>aB…</c>.</summary>
    /// <remarks>https://xrpl.org/docs/references/protocol/data-types/base58-encodings</remarks>
    public string ToBase58()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        return Base58.Encode([Base58Version], bytes);
    }

    /// <summary>Upper-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
