using System.Buffers.Binary;

namespace Tallystick.Xrpl;

/// <summary>
/// The 24 bytes that name a multi-purpose token: the sequence of its creation, then its issuer (XLS-33).
/// </summary>
public readonly record struct MptId
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 24;

    /// <summary>Takes 24 bytes.</summary>
    /// <exception cref="XrplFormatException">Another length.</exception>
    public MptId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
        {
            throw new XrplFormatException($"{bytes.Length} bytes where a token id has {Bytes}", "");
        }

        Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        Issuer = new AccountId(bytes[sizeof(uint)..]);
    }

    /// <summary>Sequence of the transaction that created it.</summary>
    public uint Sequence { get; }

    /// <summary>Who issues it.</summary>
    public AccountId Issuer { get; }

    /// <summary>Reads 48 hexadecimal digits.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static MptId Parse(string hex)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Hex.Read(hex, bytes, "mpt_issuance_id");
        return new MptId(bytes);
    }

    /// <summary>Writes the 24 bytes.</summary>
    public void CopyTo(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, Sequence);
        Issuer.CopyTo(to[sizeof(uint)..]);
    }

    /// <summary>Upper-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
