using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tallystick.Xrpl;

/// <summary>
/// The 20 bytes that name a currency. Anyone can issue a "USD": compare the issuer as well.
/// https://xrpl.org/docs/references/protocol/data-types/currency-formats#currency-codes
/// </summary>
public readonly record struct CurrencyCode
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 20;

    private const int CodeAt = 12;
    private const int CodeLength = 3;

    private static readonly SearchValues<byte> CodeCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789?!@#$%^&*<>(){}[]|"u8);

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly uint _c;

    /// <summary>Takes 20 bytes.</summary>
    /// <exception cref="XrplFormatException">Another length.</exception>
    public CurrencyCode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
        {
            throw new XrplFormatException($"{bytes.Length} bytes where a currency has {Bytes}", "");
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>XRP, which is no issued currency: all zero.</summary>
    public static CurrencyCode Xrp => default;

    /// <summary>Whether this is XRP.</summary>
    public bool IsXrp => this == Xrp;

    /// <summary>Reads three characters (<c>USD</c>, <c>XRP</c>) or 40 hexadecimal digits.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static CurrencyCode Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes.Clear();
        if (text.Length == CodeLength)
        {
            if (text == "XRP")
            {
                return Xrp;
            }

            var code = bytes.Slice(CodeAt, CodeLength);
            if (Encoding.UTF8.GetByteCount(text) != CodeLength
                || Encoding.ASCII.GetBytes(text, code) != CodeLength
                || code.ContainsAnyExcept(CodeCharacters))
            {
                throw new XrplFormatException($"'{text}' holds a character that no currency code may", "currency");
            }
        }
        else
        {
            Hex.Read(text, bytes, "currency");
        }

        return new CurrencyCode(bytes);
    }

    /// <summary>Writes the 20 bytes.</summary>
    public void CopyTo(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, _a);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], _b);
        BinaryPrimitives.WriteUInt32BigEndian(to[16..], _c);
    }

    /// <summary>Three characters where they say it all, otherwise 40 hexadecimal digits.</summary>
    public override string ToString()
    {
        if (IsXrp)
        {
            return "XRP";
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        CopyTo(bytes);
        var code = bytes.Slice(CodeAt, CodeLength);
        var isPlain = !bytes[..CodeAt].ContainsAnyExcept((byte)0)
            && !bytes[(CodeAt + CodeLength)..].ContainsAnyExcept((byte)0)
            && !code.ContainsAnyExcept(CodeCharacters)
            && !code.SequenceEqual("XRP"u8);
        return isPlain ? Encoding.ASCII.GetString(code) : Convert.ToHexString(bytes);
    }
}
