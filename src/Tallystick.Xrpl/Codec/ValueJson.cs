using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>Values of fields between their checked bytes and JSON, in the spelling of rippled and xrpl.js.</summary>
internal static class ValueJson
{
    /// <summary>The JSON of bytes that <see cref="BlobReader"/> has checked.</summary>
    public static JsonNode ToJson(Field field, ReadOnlySpan<byte> value) => field.Type switch
    {
        FieldType.UInt8 => NamedNumber(field, value[0]),
        FieldType.UInt16 => NamedNumber(field, BinaryPrimitives.ReadUInt16BigEndian(value)),
        FieldType.UInt32 => NamedNumber(field, BinaryPrimitives.ReadUInt32BigEndian(value)),
        FieldType.Int32 => BinaryPrimitives.ReadInt32BigEndian(value),
        FieldType.UInt64 when field.IsDecimal =>
            BinaryPrimitives.ReadUInt64BigEndian(value).ToString(CultureInfo.InvariantCulture),
        FieldType.Amount => Amount.Read(value, field.MayBeNegative).ToJson(),
        FieldType.AccountID => value.IsEmpty ? "" : new AccountId(value).ToString(),
        FieldType.Currency => new CurrencyCode(value).ToString(),
        FieldType.Number => Numbers.ToText(value),
        FieldType.STObject => FieldsToJson(value),
        FieldType.STArray => ElementsToJson(value),
        FieldType.PathSet => PathSets.ToJson(value),
        FieldType.Vector256 => HashesToJson(value),
        FieldType.Issue => Issues.ToJson(value),
        FieldType.XChainBridge => Bridges.ToJson(value),
        _ => Convert.ToHexString(value),
    };

    /// <summary>The bytes of a JSON value, without length prefix and end marker.</summary>
    public static byte[] FromJson(Field field, JsonNode? node) => field.Type switch
    {
        FieldType.UInt8 => BigEndian(ReadNumber(field, node, byte.MaxValue), 1),
        FieldType.UInt16 => BigEndian(ReadNumber(field, node, ushort.MaxValue), 2),
        FieldType.UInt32 => BigEndian(ReadNumber(field, node, uint.MaxValue), 4),
        FieldType.Int32 => BigEndian(unchecked((ulong)ReadSigned(node)), 4),
        FieldType.UInt64 => BigEndian(ReadUInt64(field, node), 8),
        FieldType.Hash128 => HashFromJson(node, 16),
        FieldType.Hash160 => HashFromJson(node, 20),
        FieldType.Hash192 => HashFromJson(node, MptId.Bytes),
        FieldType.Hash256 => HashFromJson(node, Hash256.Bytes),
        FieldType.Amount => AmountFromJson(field, node),
        FieldType.Blob => Hex.Read(JsonText.Of(node), "bytes"),
        FieldType.AccountID => AccountFromJson(JsonText.Of(node)),
        FieldType.Currency => CurrencyFromJson(node),
        FieldType.Number => Numbers.FromJson(node),
        FieldType.STObject => FieldsFromJson(node as JsonObject ?? throw new XrplFormatException("an object is needed", "")),
        FieldType.STArray => ElementsFromJson(node),
        FieldType.PathSet => PathSets.FromJson(node),
        FieldType.Vector256 => HashesFromJson(node),
        FieldType.Issue => Issues.FromJson(node),
        FieldType.XChainBridge => Bridges.FromJson(node),
        _ => throw new XrplFormatException("a type without values", ""),
    };

    /// <summary>Calls the action; a complaint from inside gets this member's name in front.</summary>
    public static T Within<T>(string member, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (XrplFormatException problem)
        {
            throw new XrplFormatException(
                problem.What, problem.Where is "" or ['[', ..] ? member + problem.Where : $"{member}.{problem.Where}");
        }
    }

    private static JsonObject FieldsToJson(ReadOnlySpan<byte> bytes)
    {
        var json = new JsonObject();
        var reader = new BlobReader(bytes);
        while (!reader.AtEnd)
        {
            var field = reader.ReadHeader();
            json[field.Name] = ToJson(field, bytes[reader.ReadValue(field, 0)]);
        }

        return json;
    }

    private static JsonArray ElementsToJson(ReadOnlySpan<byte> bytes)
    {
        var json = new JsonArray();
        var reader = new BlobReader(bytes);
        while (!reader.AtEnd)
        {
            var element = reader.ReadHeader();
            json.Add((JsonNode)new JsonObject { [element.Name] = ToJson(element, bytes[reader.ReadValue(element, 0)]) });
        }

        return json;
    }

    private static JsonArray HashesToJson(ReadOnlySpan<byte> bytes)
    {
        var json = new JsonArray();
        for (; bytes.Length > 0; bytes = bytes[Hash256.Bytes..])
        {
            json.Add((JsonNode)Convert.ToHexString(bytes[..Hash256.Bytes]));
        }

        return json;
    }

    private static byte[] FieldsFromJson(JsonObject json)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var (field, value) in SerializedObject.ReadFields(json))
        {
            BlobWriter.Write(bytes, field, value.Span);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] ElementsFromJson(JsonNode? node)
    {
        var elements = node as JsonArray ?? throw new XrplFormatException("a list is needed", "");
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; i < elements.Count; i++)
        {
            var element = elements[i];
            Within($"[{i}]", () =>
            {
                var fields = element is JsonObject { Count: 1 } wrapped
                    ? SerializedObject.ReadFields(wrapped)
                    : throw new XrplFormatException("an object with one member is needed", "");
                if (fields is not [{ Field.Type: FieldType.STObject } only])
                {
                    throw new XrplFormatException("the one member must be an object of the ledger", "");
                }

                BlobWriter.Write(bytes, only.Field, only.Value.Span);
                return true;
            });
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] HashesFromJson(JsonNode? node)
    {
        var hashes = node as JsonArray ?? throw new XrplFormatException("a list of hashes is needed", "");
        var bytes = new byte[hashes.Count * Hash256.Bytes];
        for (var i = 0; i < hashes.Count; i++)
        {
            Hex.Read(JsonText.Of(hashes[i]), bytes.AsSpan(i * Hash256.Bytes, Hash256.Bytes), $"[{i}]");
        }

        return bytes;
    }

    private static JsonNode NamedNumber(Field field, uint number) =>
        number <= int.MaxValue && NameTable.For(field)?.NameOf((int)number) is { } name ? name : number;

    private static ulong ReadNumber(Field field, JsonNode? node, uint largest)
    {
        var text = NumberText(node);
        if (NameTable.For(field)?.NumberOf(text) is >= 0 and { } named)
        {
            return (ulong)named;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= largest
            ? number
            : throw new XrplFormatException($"'{text}' is not a whole number up to {largest}", "");
    }

    private static long ReadSigned(JsonNode? node)
    {
        var text = NumberText(node);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new XrplFormatException($"'{text}' is not a whole number of 32 bits", "");
    }

    // A text is hexadecimal (decimal in a few fields); a bare number is what it says.
    private static ulong ReadUInt64(Field field, JsonNode? node)
    {
        var text = NumberText(node);
        var isHex = !field.IsDecimal && node!.GetValueKind() == System.Text.Json.JsonValueKind.String;
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return text.Length <= 20 && ulong.TryParse(text, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new XrplFormatException($"'{text}' is not a {(isHex ? "hexadecimal" : "whole")} number of 64 bits", "");
    }

    private static string NumberText(JsonNode? node) => node?.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Number => node.ToJsonString(),
        _ => JsonText.Of(node),
    };

    private static byte[] HashFromJson(JsonNode? node, int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        var text = JsonText.Of(node);
        // Other tools write an e-mail hash of zeroes as nothing.
        if (lengthBytes != 16 || text.Length > 0)
        {
            Hex.Read(text, bytes, "hash");
        }

        return bytes;
    }

    private static byte[] AmountFromJson(Field field, JsonNode? node)
    {
        var amount = Amount.FromJson(node, field.MayBeNegative);
        var bytes = new byte[amount.Length];
        amount.Write(bytes);
        return bytes;
    }

    private static byte[] AccountFromJson(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        var bytes = new byte[AccountId.Bytes];
        JsonText.Account(text).CopyTo(bytes);
        return bytes;
    }

    private static byte[] CurrencyFromJson(JsonNode? node)
    {
        var bytes = new byte[CurrencyCode.Bytes];
        CurrencyCode.Parse(JsonText.Of(node)).CopyTo(bytes);
        return bytes;
    }

    private static byte[] BigEndian(ulong number, int lengthBytes)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes[^lengthBytes..];
    }
}
