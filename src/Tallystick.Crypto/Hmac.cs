using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>Message authentication codes (RFC 2104) and their comparison in constant time.</summary>
public static class Hmac
{
    /// <summary>Length of HMAC-SHA256.</summary>
    public const int Sha256Bytes = HMACSHA256.HashSizeInBytes;

    /// <summary>Length of HMAC-SHA512.</summary>
    public const int Sha512Bytes = HMACSHA512.HashSizeInBytes;

    /// <summary>Writes the 32 bytes of HMAC-SHA256.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Sha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> tag) =>
        HMACSHA256.HashData(key, message, tag);

    /// <summary>Writes the 64 bytes of HMAC-SHA512.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 64 bytes.</exception>
    public static void Sha512(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> tag) =>
        HMACSHA512.HashData(key, message, tag);

    /// <summary>
    /// Whether <paramref name="tag"/> is the whole HMAC-SHA256 of the message. A tag of any other length is false;
    /// how many bytes agree does not show in the time taken.
    /// </summary>
    public static bool VerifySha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[Sha256Bytes];
        Sha256(key, message, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }

    /// <summary>As <see cref="VerifySha256"/>, for HMAC-SHA512.</summary>
    public static bool VerifySha512(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[Sha512Bytes];
        Sha512(key, message, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }
}
