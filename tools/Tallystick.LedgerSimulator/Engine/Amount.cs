using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>XRP in drops, or an issued amount. <paramref name="Issuer"/> is null for XRP only.</summary>
internal readonly record struct Amount(long Drops, Iou Value, Currency Currency, AccountId? Issuer)
{
    public bool IsXrp => Issuer is null;

    public static Amount Xrp(long drops) => new(drops, default, default, null);

    public static Amount Issued(Iou value, Currency currency, AccountId issuer) => new(0, value, currency, issuer);

    /// <summary>Whether there is so much XRP; issued amounts are kept in their range where they are read.</summary>
    public bool IsLegal => !IsXrp || Math.Abs(Drops) <= NetworkRules.Supply;

    public int Sign => IsXrp ? Math.Sign(Drops) : Value.Sign;

    public JsonNode ToJson() => Issuer is { } issuer
        ? new JsonObject
        {
            ["currency"] = Currency.ToString(), ["issuer"] = issuer.ToString(), ["value"] = Value.ToString(),
        }
        : Drops.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A currency's 160 bits. The all-zero code is XRP.</summary>
internal readonly record struct Currency(ulong High, ulong Middle, uint Low)
{
    public static Currency Read(ReadOnlySpan<byte> bytes) => new(
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Middle);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], Low);
    }

    public bool IsXrp => this == default;

    /// <summary>The letters XRP as a code of an issued currency: forbidden, since it would deceive ("bad currency").</summary>
    public bool IsXrpText => this == new Currency(0, 0x5852_5000, 0);

    /// <summary>Three letters where the code is of that kind, else 40 hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[20];
        Write(bytes);
        var standard = bytes[..12].IndexOfAnyExcept((byte)0) < 0 && bytes[15..].IndexOfAnyExcept((byte)0) < 0;
        if (standard)
        {
            var code = System.Text.Encoding.ASCII.GetString(bytes[12..15]);
            if (code != "XRP" && code.All(c => char.IsAsciiLetterOrDigit(c) || "?!@#$%^&*<>(){}[]|".Contains(c, StringComparison.Ordinal)))
                return code;
        }
        return Convert.ToHexString(bytes);
    }
}
