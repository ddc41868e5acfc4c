using Tallystick.Crypto;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>SHA-512Half into typed hashes.</summary>
internal static class Hashing
{
    public static Hash256 Half(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[32];
        Sha512Half.Hash(text, hash);
        return new Hash256(hash);
    }

    public static Hash256 Prefixed(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> text)
    {
        var length = prefix.Length + text.Length;
        var buffer = length <= 2048 ? stackalloc byte[length] : new byte[length];
        prefix.CopyTo(buffer);
        text.CopyTo(buffer[prefix.Length..]);
        return Half(buffer);
    }
}
