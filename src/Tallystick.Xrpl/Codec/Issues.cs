using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>Assets without an amount: XRP, currency and issuer, or a token (XLS-33, XLS-38).</summary>
internal static class Issues
{
    /// <summary>Account "one", which nobody can own, marks a token.</summary>
    public static ReadOnlySpan<byte> TokenMark => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    public static JsonObject ToJson(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == CurrencyCode.Bytes)
        {
            return new JsonObject { ["currency"] = "XRP" };
        }

        if (bytes.Length == CurrencyCode.Bytes + AccountId.Bytes)
        {
            return new JsonObject
            {
                ["currency"] = new CurrencyCode(bytes[..CurrencyCode.Bytes]).ToString(),
                ["issuer"] = new AccountId(bytes[CurrencyCode.Bytes..]).ToString(),
            };
        }

        // The sequence is little endian here and big endian in the token's id.
        Span<byte> id = stackalloc byte[MptId.Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(id, BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]));
        bytes[..AccountId.Bytes].CopyTo(id[sizeof(uint)..]);
        return new JsonObject { ["mpt_issuance_id"] = new MptId(id).ToString() };
    }

    public static byte[] FromJson(JsonNode? node)
    {
        if (node is JsonObject { Count: 1 } token && token.ContainsKey("mpt_issuance_id"))
        {
            var id = MptId.Parse(JsonText.Of(token, "mpt_issuance_id"));
            var bytes = new byte[CurrencyCode.Bytes + AccountId.Bytes + sizeof(uint)];
            id.Issuer.CopyTo(bytes);
            TokenMark.CopyTo(bytes.AsSpan(AccountId.Bytes));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), id.Sequence);
            return bytes;
        }

        if (node is not JsonObject { Count: 1 or 2 } issue)
        {
            throw new XrplFormatException("neither {currency}, nor {currency, issuer}, nor {mpt_issuance_id}", "");
        }

        var currency = CurrencyCode.Parse(JsonText.Of(issue, "currency"));
        if (currency.IsXrp != (issue.Count == 1))
        {
            throw new XrplFormatException(currency.IsXrp ? "XRP has no issuer" : "an issuer is needed", "issuer");
        }

        var result = new byte[currency.IsXrp ? CurrencyCode.Bytes : CurrencyCode.Bytes + AccountId.Bytes];
        currency.CopyTo(result);
        if (!currency.IsXrp)
        {
            JsonText.Account(JsonText.Of(issue, "issuer")).CopyTo(result.AsSpan(CurrencyCode.Bytes));
        }

        return result;
    }
}
