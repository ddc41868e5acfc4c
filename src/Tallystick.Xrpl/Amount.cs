using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl;

/// <summary>
/// An amount in a transaction: XRP, an issued currency or a multi-purpose token. Two amounts are the same asset only
/// when currency and issuer both agree.
/// https://xrpl.org/docs/references/protocol/binary-format#amount-fields
/// </summary>
public abstract record Amount
{
    private const ulong Positive = 1UL << 62;
    private const byte MptFlag = 0x20;
    private const byte MptPositive = 0x40;
    private const int XrpBytes = 8;
    private const int IssuedBytes = 8 + CurrencyCode.Bytes + AccountId.Bytes;
    private const int MptBytes = 1 + 8 + MptId.Bytes;

    private Amount()
    {
    }

    /// <summary>Length of the binary form.</summary>
    internal int Length => this switch { Xrp => XrpBytes, Issued => IssuedBytes, _ => MptBytes };

    /// <summary>An amount of XRP.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than all XRP there is.</exception>
    public static Amount Of(Drops drops)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(drops, Xrpl.Drops.Supply);
        return new Xrp((long)drops.Value);
    }

    /// <summary>Reads the JSON forms: a text of drops, or an object with value and asset.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and in which member.</exception>
    public static Amount FromJson(JsonNode? json, bool mayBeNegative = false) => json switch
    {
        JsonValue value when value.TryGetValue<string>(out var digits) => XrpFromText(digits, mayBeNegative),
        JsonObject { Count: 3 } issued when issued.ContainsKey("currency") => new Issued(
            IssuedValue.Parse(JsonText.Of(issued, "value")),
            NotXrpCurrency(CurrencyCode.Parse(JsonText.Of(issued, "currency"))),
            JsonText.Account(JsonText.Of(issued, "issuer"))),
        JsonObject { Count: 2 } token when token.ContainsKey("mpt_issuance_id") => new Mpt(
            MptFromText(JsonText.Of(token, "value"), mayBeNegative), MptId.Parse(JsonText.Of(token, "mpt_issuance_id"))),
        _ => throw new XrplFormatException(
            "neither a text of drops, nor {value, currency, issuer}, nor {value, mpt_issuance_id}", ""),
    };

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong.</exception>
    public static Amount Read(ReadOnlySpan<byte> bytes, bool mayBeNegative = false)
    {
        if (bytes.Length != Measure(bytes))
        {
            throw new XrplFormatException($"{bytes.Length} bytes are no amount", "");
        }

        if (bytes.Length == MptBytes)
        {
            var flags = bytes[0];
            var units = BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
            var isCanonical = (flags & ~MptPositive) == MptFlag && units <= long.MaxValue
                && (units != 0 || (flags & MptPositive) != 0);
            if (!isCanonical)
            {
                throw new XrplFormatException("token amount is not in canonical form", "");
            }

            return (flags & MptPositive) != 0 || mayBeNegative
                ? new Mpt((flags & MptPositive) != 0 ? (long)units : -(long)units, new MptId(bytes[9..]))
                : throw new XrplFormatException($"token amount -{units} is below zero", "");
        }

        var bits = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return bytes.Length == XrpBytes
            ? XrpFromBits(bits, mayBeNegative)
            : new Issued(
                IssuedValue.FromBits(bits),
                NotXrpCurrency(new CurrencyCode(bytes.Slice(8, CurrencyCode.Bytes))),
                new AccountId(bytes[(8 + CurrencyCode.Bytes)..]));
    }

    /// <summary>The JSON form.</summary>
    public abstract JsonNode ToJson();

    /// <summary>Writes the binary form, <see cref="Length"/> bytes.</summary>
    internal abstract void Write(Span<byte> to);

    /// <summary>Length of the amount that begins here, by its first byte.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => XrpBytes,
        [>= 0x80, ..] => IssuedBytes,
        [var first, ..] => (first & MptFlag) != 0 ? MptBytes : XrpBytes,
    };

    private static Xrp XrpFromText(string text, bool mayBeNegative)
    {
        var isNegative = text is ['-', ..];
        var good = Xrpl.Drops.TryParse(isNegative ? text.AsSpan(1) : text, out var drops) && drops <= Xrpl.Drops.Supply;
        return good && (!isNegative || (mayBeNegative && drops.Value > 0))
            ? new Xrp(isNegative ? -(long)drops.Value : (long)drops.Value)
            : throw new XrplFormatException($"'{text}' is not a whole number of drops up to 10^17", "");
    }

    private static Xrp XrpFromBits(ulong bits, bool mayBeNegative)
    {
        var drops = bits & (Positive - 1);
        var isNegative = (bits & Positive) == 0;
        return drops <= Xrpl.Drops.Supply.Value && (!isNegative || (mayBeNegative && drops > 0))
            ? new Xrp(isNegative ? -(long)drops : (long)drops)
            : throw new XrplFormatException($"XRP amount {bits:X16} is below zero or above all XRP there is", "");
    }

    private static long MptFromText(string text, bool mayBeNegative) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var units)
        && units != long.MinValue
        && (text[0] != '-' || (mayBeNegative && units != 0))
            ? units
            : throw new XrplFormatException($"'{text}' is not a whole number from 0 to 2^63 - 1", "value");

    private static CurrencyCode NotXrpCurrency(CurrencyCode currency) => currency.IsXrp
        ? throw new XrplFormatException("XRP has no issuer", "currency")
        : currency;

    /// <summary>XRP.</summary>
    /// <param name="SignedDrops">Drops; below zero only in the few fields that hold differences.</param>
    public sealed record Xrp(long SignedDrops) : Amount
    {
        /// <summary>Drops.</summary>
        /// <exception cref="OverflowException">The amount is below zero.</exception>
        public Drops Drops => new(checked((ulong)SignedDrops));

        /// <inheritdoc/>
        public override JsonNode ToJson() => SignedDrops.ToString(CultureInfo.InvariantCulture);

        internal override void Write(Span<byte> to) => BinaryPrimitives.WriteUInt64BigEndian(
            to, SignedDrops < 0 ? (ulong)-SignedDrops : Positive | (ulong)SignedDrops);
    }

    /// <summary>A currency that somebody issued: worth what its issuer is good for, and subject to clawback.</summary>
    /// <param name="Value">How much.</param>
    /// <param name="Currency">The currency.</param>
    /// <param name="Issuer">Whose.</param>
    public sealed record Issued(IssuedValue Value, CurrencyCode Currency, AccountId Issuer) : Amount
    {
        /// <inheritdoc/>
        public override JsonNode ToJson() => new JsonObject
        {
            ["value"] = Value.ToString(),
            ["currency"] = Currency.ToString(),
            ["issuer"] = Issuer.ToString(),
        };

        internal override void Write(Span<byte> to)
        {
            BinaryPrimitives.WriteUInt64BigEndian(to, Value.ToBits());
            Currency.CopyTo(to[8..]);
            Issuer.CopyTo(to[(8 + CurrencyCode.Bytes)..]);
        }
    }

    /// <summary>A multi-purpose token.</summary>
    /// <param name="Units">How many of its smallest units; below zero only in the few fields that hold differences.</param>
    /// <param name="Id">Which token.</param>
    public sealed record Mpt(long Units, MptId Id) : Amount
    {
        /// <inheritdoc/>
        public override JsonNode ToJson() => new JsonObject
        {
            ["value"] = Units.ToString(CultureInfo.InvariantCulture),
            ["mpt_issuance_id"] = Id.ToString(),
        };

        internal override void Write(Span<byte> to)
        {
            to[0] = (byte)(MptFlag | (Units < 0 ? 0 : MptPositive));
            BinaryPrimitives.WriteUInt64BigEndian(to[1..], (ulong)Math.Abs(Units));
            Id.CopyTo(to[9..]);
        }
    }
}
