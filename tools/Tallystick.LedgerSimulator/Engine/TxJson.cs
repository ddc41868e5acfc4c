using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>Transactions as JSON. Fields that this network does not know are refused before they come here.</summary>
internal static class TxJson
{
    // Made once: the names of an enum are slow to ask for.
    private static readonly Dictionary<int, string> Names = new(
        Enum.GetValues<Field>().Select(f => KeyValuePair.Create((int)f, f.ToString())))
    {
        [(int)Field.NetworkId] = "NetworkID",
        [(int)Field.AccountTxnId] = "AccountTxnID",
        [(int)Field.InvoiceId] = "InvoiceID",
        [(14 << 16) | 16] = "Signer",
    };

    public static string? NameOf(int key) => Names.GetValueOrDefault(key);

    public static JsonObject Of(Tx tx) => Object(tx, tx.Fields);

    private static JsonObject Object(Tx tx, List<BlobField> fields)
    {
        var json = new JsonObject();
        foreach (var field in fields) json[NameOf(field.Key) ?? $"Field{field.Key}"] = Value(tx, field);
        return json;
    }

    private static JsonNode Value(Tx tx, BlobField field)
    {
        var bytes = tx.Slice(field);
        return field.Type switch
        {
            1 => KindName((TxKind)BinaryPrimitives.ReadUInt16BigEndian(bytes)),
            2 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            3 => BinaryPrimitives.ReadUInt64BigEndian(bytes).ToString("x", CultureInfo.InvariantCulture),
            6 => tx.AmountOf((Field)field.Key)!.Value.ToJson(),
            8 => new AccountId(bytes).ToString(),
            16 => bytes[0],
            14 => Object(tx, BlobReader.ReadNested(tx.Blob, field.Body)),
            15 => Items(tx, field),
            _ => Convert.ToHexString(bytes),
        };
    }

    private static JsonArray Items(Tx tx, BlobField field)
    {
        var items = new JsonArray();
        foreach (var item in BlobReader.ReadArray(tx.Blob, field.Body))
            items.Add(new JsonObject
            {
                [NameOf(item.Key) ?? $"Field{item.Key}"] = Object(tx, BlobReader.ReadNested(tx.Blob, item.Body)),
            });
        return items;
    }

    public static string KindName(TxKind kind) => kind switch
    {
        TxKind.ChannelCreate => "PaymentChannelCreate",
        TxKind.ChannelFund => "PaymentChannelFund",
        TxKind.ChannelClaim => "PaymentChannelClaim",
        _ => kind.ToString(),
    };
}
