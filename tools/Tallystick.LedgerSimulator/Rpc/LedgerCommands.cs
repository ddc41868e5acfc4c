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
        if (Commands.SelectClosed(node, request) is not { } closed)
            return new JsonObject
            {
                ["ledger"] = new JsonObject { ["closed"] = false, ["ledger_index"] = node.Chain.OpenIndex, ["parent_hash"] = node.Chain.Newest.Hash.ToString() },
                ["ledger_current_index"] = node.Chain.OpenIndex,
                ["validated"] = false,
            };
        var header = Header(closed, request.ApiVersion);
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

    public static JsonObject Entry(Node node, RpcRequest request)
    {
        var answer = new JsonObject();
        var index = EntryIndex(request);
        var (state, _) = Commands.Select(node, request, answer);
        var entry = state.Find(index) ?? throw new RpcException("entryNotFound", 97, "Requested ledger entry not found.");
        answer["index"] = index.ToString();
        answer["node"] = EntryJson(entry);
        return answer;
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

    public static string Iso(uint closeTime) =>
        new RippleTime(closeTime).ToInstant().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Hash256 EntryIndex(RpcRequest request)
    {
        if (request.Has("index")) return request.Hash("index");
        if (request.Has("payment_channel")) return request.Hash("payment_channel");
        if (request.Has("account_root")) return Keylets.Account(request.Account("account_root"));
        if (request.Body["ticket"] is JsonObject ticket)
        {
            var inner = new RpcRequest(ticket, request.ApiVersion);
            return Keylets.Ticket(inner.Account("account"), inner.UInt32("ticket_seq") ?? throw RpcException.InvalidParams());
        }
        throw RpcException.NotSupported("this way to name a ledger entry (use index, payment_channel, account_root or ticket)");
    }

    private static JsonObject Header(ClosedLedger closed, int apiVersion)
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
            ["ledger_index"] = apiVersion >= 2 ? closed.Index : closed.Index.ToString(CultureInfo.InvariantCulture),
            ["parent_close_time"] = closed.ParentCloseTime,
            ["parent_hash"] = closed.ParentHash.ToString(),
            ["total_coins"] = closed.TotalCoins.ToString(CultureInfo.InvariantCulture),
            ["transaction_hash"] = closed.TransactionHash.ToString(),
        };
        return json;
    }

    private static JsonNode Expanded(Node node, ClosedLedger closed, ClosedTx tx, RpcRequest request)
    {
        if (request.ApiVersion >= 2) return TransactionCommands.Describe(node, closed, tx, request, withDate: false);
        var json = TxJson.Of(tx.Tx);
        json["hash"] = tx.Tx.Hash.ToString();
        json["metaData"] = TransactionCommands.MetaJson(tx);
        return json;
    }
}
