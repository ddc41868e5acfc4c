using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.Xrpl;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Ledgers and their entries.</summary>
internal static class LedgerCommands
{
    public static JsonObject Ledger(Node node, RpcRequest request)
    {
        // Without a name: the newest closed one and the open one, by their headers.
        if (!request.Has("ledger_hash") && !request.Has("ledger_index") && !request.Has("ledger"))
            return new JsonObject
            {
                ["closed"] = new JsonObject { ["ledger"] = Header(node.Validated, request) },
                ["open"] = new JsonObject { ["ledger"] = OpenHeader(node, request) },
            };
        if (Commands.SelectClosed(node, request) is not { } closed)
            return new JsonObject
            {
                ["ledger"] = OpenHeader(node, request),
                ["ledger_current_index"] = node.Chain.OpenIndex,
                ["validated"] = false,
            };
        var header = request.Flag("binary") ? BinaryHeader(closed) : Header(closed, request);
        if (request.Flag("transactions"))
            header["transactions"] = new JsonArray([.. closed.Transactions.Select(t => request.Flag("expand")
                ? Expanded(node, closed, t, request) : JsonValue.Create(t.Tx.Hash.ToString()))]);
        return new JsonObject
        {
            ["ledger"] = header,
            ["ledger_hash"] = closed.Hash.ToString(),
            ["ledger_index"] = closed.Index,
            ["validated"] = true,
        };
    }

    public static JsonObject Closed(Node node)
    {
        var newest = node.Validated;
        return new() { ["ledger_hash"] = newest.Hash.ToString(), ["ledger_index"] = newest.Index };
    }

    public static JsonObject Accept(Node node)
    {
        node.CloseLedger();
        return new() { ["ledger_current_index"] = node.Chain.OpenIndex };
    }

    /// <summary>An entry as it stands in the ledger.</summary>
    public static JsonObject EntryJson(Entry entry)
    {
        var json = new JsonObject();
        foreach (var field in FieldTeller.Of(entry)) json[field.Name] = field.ToJson();
        json["LedgerEntryType"] = entry.Type;
        json["PreviousTxnID"] = entry.PreviousTxnId.ToString();
        json["PreviousTxnLgrSeq"] = entry.PreviousTxnLedger;
        if (entry is OwnerDirectory directory)
            json["Indexes"] = new JsonArray([.. directory.Entries.Select(e => JsonValue.Create(e.ToString()))]);
        json["index"] = entry.Index.ToString();
        return json;
    }

    /// <summary>The serialised form of an entry.</summary>
    public static string EntryHex(Entry entry)
    {
        var writer = new BlobWriter();
        writer.Header(1, 1);
        writer.UInt16(entry.TypeCode);
        foreach (var field in FieldTeller.OfWhole(entry)) field.Write(writer);
        return Convert.ToHexString(writer.Written);
    }

    public static string Iso(uint closeTime) =>
        new RippleTime(closeTime).ToInstant().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonNode Number(uint index, RpcRequest request) =>
        request.ApiVersion >= 2 ? index : index.ToString(CultureInfo.InvariantCulture);

    private static JsonObject OpenHeader(Node node, RpcRequest request) => new()
    {
        ["closed"] = false,
        ["ledger_index"] = Number(node.Chain.OpenIndex, request),
        ["parent_hash"] = node.Chain.Newest.Hash.ToString(),
    };

    private static JsonObject BinaryHeader(ClosedLedger closed) =>
        new() { ["closed"] = true, ["ledger_data"] = Convert.ToHexString(closed.HeaderBytes()) };

    private static JsonObject Header(ClosedLedger closed, RpcRequest request)
    {
        var time = new RippleTime(closed.CloseTime).ToInstant();
        var json = new JsonObject
        {
            ["account_hash"] = closed.AccountHash.ToString(),
            ["close_flags"] = 0,
            ["close_time"] = closed.CloseTime,
            ["close_time_human"] = time.ToString("yyyy-MMM-dd HH:mm:ss'.000000000 UTC'", CultureInfo.InvariantCulture),
            ["close_time_iso"] = Iso(closed.CloseTime),
            ["close_time_resolution"] = ClosedLedger.Resolution,
            ["closed"] = true,
            ["ledger_hash"] = closed.Hash.ToString(),
            ["ledger_index"] = Number(closed.Index, request),
            ["parent_close_time"] = closed.ParentCloseTime,
            ["parent_hash"] = closed.ParentHash.ToString(),
            ["total_coins"] = closed.TotalCoins.ToString(CultureInfo.InvariantCulture),
            ["transaction_hash"] = closed.TransactionHash.ToString(),
        };
        return json;
    }

    private static JsonNode Expanded(Node node, ClosedLedger closed, ClosedTx tx, RpcRequest request)
    {
        if (request.Flag("binary"))
        {
            var blobs = new JsonObject { ["tx_blob"] = Convert.ToHexString(tx.Tx.Blob), [request.ApiVersion >= 2 ? "meta_blob" : "meta"] = tx.Meta.ToHex() };
            if (request.ApiVersion >= 2) blobs["hash"] = tx.Tx.Hash.ToString();
            return blobs;
        }
        if (request.ApiVersion >= 2) return TransactionCommands.Describe(node, closed, tx, request, withDate: false);
        var json = TxJson.Of(tx.Tx);
        // Beside the old name, so that nobody takes what was asked for for what arrived.
        if (tx.Tx.Kind == TxKind.Payment) json["DeliverMax"] = json["Amount"]!.DeepClone();
        json["hash"] = tx.Tx.Hash.ToString();
        json["metaData"] = TransactionCommands.MetaJson(tx);
        return json;
    }
}
