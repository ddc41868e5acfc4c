using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>The first 256 bits of SHA-512 (FIPS 180-4): the XRP Ledger's hash for nearly everything.</summary>
public static class Sha512Half
{
    /// <summary>Length of the result.</summary>
    public const int Bytes = 32;

    /// <summary>Hashes <paramref name="data"/> into the first 32 bytes of <paramref name="hash"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Span<byte> full = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(data, full);
        full[..Bytes].CopyTo(hash);
        // The input may have been a seed, and then both halves are keys.
        CryptographicOperations.ZeroMemory(full);
    }
}
