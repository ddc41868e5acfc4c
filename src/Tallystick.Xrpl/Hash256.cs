using System.Buffers.Binary;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>32 bytes that name something: a transaction, a ledger, a channel.</summary>
public readonly record struct Hash256 : IComparable<Hash256>
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes 32 bytes.</summary>
    /// <exception cref="XrplFormatException">Another length.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
        {
            throw new XrplFormatException($"{bytes.Length} bytes where a hash has {Bytes}", "");
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>SHA-512Half of the bytes.</summary>
    public static Hash256 Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        Sha512Half.Hash(data, hash);
        return new Hash256(hash);
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static Hash256 Parse(string hex)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Hex.Read(hex, bytes, "hash");
        return new Hash256(bytes);
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        var good = Hex.TryRead(hex, bytes);
        hash = good ? new Hash256(bytes) : default;
        return good;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, _a);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(to[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(to[24..], _d);
    }

    /// <summary>Order of the bytes as one big-endian number.</summary>
    public int CompareTo(Hash256 other) =>
        (_a, _b, _c, _d).CompareTo((other._a, other._b, other._c, other._d));

    /// <summary>Upper-case hexadecimal, as rippled writes it.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
