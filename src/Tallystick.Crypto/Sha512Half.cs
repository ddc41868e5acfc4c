using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>The first 256 bits of SHA-512 (FIPS 180-4): the XRP Ledger's hash for nearly everything.</summary>
public static unsafe class Sha512Half
{
    /// <summary>Length of the result.</summary>
    public const int Bytes = 32;

    // SHA512_CTX has 216 bytes; rounded up.
    private const int ContextBytes = 256;

    // The hash of a claim is one block: .NET's way through EVP takes longer to set up than to compute. Builds of
    // OpenSSL without the older functions go that way.
    private static readonly delegate* unmanaged[Cdecl]<byte*, int> Init =
        (delegate* unmanaged[Cdecl]<byte*, int>)LibCrypto.Exports.Find("SHA512_Init");
    private static readonly delegate* unmanaged[Cdecl]<byte*, byte*, nuint, int> Update =
        (delegate* unmanaged[Cdecl]<byte*, byte*, nuint, int>)LibCrypto.Exports.Find("SHA512_Update");
    private static readonly delegate* unmanaged[Cdecl]<byte*, byte*, int> Final =
        (delegate* unmanaged[Cdecl]<byte*, byte*, int>)LibCrypto.Exports.Find("SHA512_Final");

    /// <summary>Hashes <paramref name="data"/> into the first 32 bytes of <paramref name="hash"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Span<byte> full = stackalloc byte[SHA512.HashSizeInBytes];
        if (Init is null || Update is null || Final is null)
        {
            SHA512.HashData(data, full);
        }
        else
        {
            HashDirectly(data, full);
        }

        full[..Bytes].CopyTo(hash);
        // The input may have been a seed, and then both halves are keys.
        CryptographicOperations.ZeroMemory(full);
    }

    private static void HashDirectly(ReadOnlySpan<byte> data, Span<byte> full)
    {
        Span<ulong> context = stackalloc ulong[ContextBytes / sizeof(ulong)];
        fixed (ulong* state = context)
        fixed (byte* from = data, to = full)
        {
            _ = Init((byte*)state);
            _ = Update((byte*)state, from, (nuint)data.Length);
            // Cleanses its context as well.
            _ = Final(to, (byte*)state);
        }
    }
}
