using System.Buffers.Binary;
using System.Security.Cryptography;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>The 20 bytes that name an account: RIPEMD-160(SHA-256(public key)) of its master key.</summary>
/// <remarks>
/// An account is not the hash of every key that signs for it: a regular key may act while the master key is disabled.
/// https://xrpl.org/docs/concepts/accounts/addresses
/// </remarks>
public readonly record struct AccountId
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 20;

    private const byte Version = 0;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly uint _c;

    /// <summary>Takes 20 bytes.</summary>
    /// <exception cref="XrplFormatException">Another length.</exception>
    public AccountId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
        {
            throw new XrplFormatException($"{bytes.Length} bytes where an account id has {Bytes}", "");
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>The account whose master key this is.</summary>
    public static AccountId FromPublicKey(PublicKey key)
    {
        Span<byte> encoded = stackalloc byte[PublicKey.Bytes];
        Span<byte> inner = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> id = stackalloc byte[Bytes];
        key.CopyTo(encoded);
        SHA256.HashData(encoded, inner);
        Ripemd160.Hash(inner, id);
        return new AccountId(id);
    }

    /// <summary>Reads a classic address (<c>r…</c>).</summary>
    /// <exception cref="XrplFormatException">Says what is wrong with it.</exception>
    public static AccountId Parse(string address) =>
        TryParse(address, out var account, out var problem) ? account : throw new XrplFormatException(problem, "address");

    /// <summary>Reads a classic address; <paramref name="problem"/> says why not.</summary>
    public static bool TryParse(ReadOnlySpan<char> address, out AccountId account, out string problem)
    {
        Span<byte> id = stackalloc byte[Bytes];
        problem = Base58.TryDecode(address, [Version], id) ?? "";
        account = problem.Length == 0 ? new AccountId(id) : default;
        return problem.Length == 0;
    }

    /// <summary>The order of the 20 bytes, which is the order of signers.</summary>
    internal int CompareTo(AccountId other) =>
        _a != other._a ? _a.CompareTo(other._a) : _b != other._b ? _b.CompareTo(other._b) : _c.CompareTo(other._c);

    /// <summary>Writes the 20 bytes.</summary>
    public void CopyTo(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, _a);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], _b);
        BinaryPrimitives.WriteUInt32BigEndian(to[16..], _c);
    }

    /// <summary>The 20 bytes as upper-case hexadecimal.</summary>
    public string ToHex()
    {
        Span<byte> id = stackalloc byte[Bytes];
        CopyTo(id);
        return Convert.ToHexString(id);
    }

    /// <summary>The classic address.</summary>
    public override string ToString()
    {
        Span<byte> id = stackalloc byte[Bytes];
        CopyTo(id);
        return Base58.Encode([Version], id);
    }
}
