using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>What a session wants to hear of.</summary>
internal static class SubscriptionCommands
{
    private const int AccountsMax = 1000;

    private static readonly string[] NotHere =
    [
        "server", "book_changes", "manifests", "transactions_proposed", "rt_transactions", "validations", "peer_status", "consensus",
    ];

    public static JsonObject Subscribe(Node node, RpcRequest request, Session? session)
    {
        if (session is null) throw RpcException.InvalidParams("Subscriptions need a WebSocket.");
        var answer = new JsonObject();
        foreach (var stream in Streams(request))
        {
            session.Streams.TryAdd(stream, request.ApiVersion);
            if (stream != "ledger") continue;
            foreach (var (name, value) in LedgerMessage(node, node.Validated)) answer[name] = value?.DeepClone();
            answer.Remove("type");
            answer.Remove("txn_count");
        }
        foreach (var account in Accounts(request))
        {
            if (session.Accounts.Count >= AccountsMax) throw new RpcException("tooBusy", 9, "Too many subscriptions.");
            session.Accounts[account] = request.ApiVersion;
        }
        return answer;
    }

    public static JsonObject Unsubscribe(RpcRequest request, Session? session)
    {
        if (session is null) throw RpcException.InvalidParams("Subscriptions need a WebSocket.");
        foreach (var stream in Streams(request)) session.Streams.TryRemove(stream, out _);
        foreach (var account in Accounts(request)) session.Accounts.TryRemove(account, out _);
        return [];
    }

    public static JsonObject LedgerMessage(Node node, ClosedLedger closed)
    {
        var message = new JsonObject
        {
            ["type"] = "ledgerClosed",
            ["fee_base"] = NetworkRules.BaseFee,
            ["ledger_hash"] = closed.Hash.ToString(),
            ["ledger_index"] = closed.Index,
            ["ledger_time"] = closed.CloseTime,
            ["reserve_base"] = NetworkRules.ReserveBase,
            ["reserve_inc"] = NetworkRules.ReserveIncrement,
            ["txn_count"] = closed.Transactions.Count,
            ["validated_ledgers"] = node.CompleteLedgers,
        };
        if (node.Network.Rules.NetworkId != 0) message["network_id"] = node.Network.Rules.NetworkId;
        return message;
    }

    public static JsonObject TransactionMessage(ClosedLedger closed, ClosedTx tx, int apiVersion)
    {
        var json = TxJson.Of(tx.Tx);
        json["date"] = closed.CloseTime;
        var message = new JsonObject
        {
            ["type"] = "transaction",
            ["engine_result"] = tx.Meta.Result.Name,
            ["engine_result_code"] = tx.Meta.Result.Code,
            ["engine_result_message"] = tx.Meta.Result.Message,
            ["ledger_hash"] = closed.Hash.ToString(),
            ["ledger_index"] = closed.Index,
            ["meta"] = TransactionCommands.MetaJson(tx),
            ["status"] = "closed",
            ["validated"] = true,
        };
        if (apiVersion < 2)
        {
            json["hash"] = tx.Tx.Hash.ToString();
            message["transaction"] = json;
            return message;
        }
        TransactionCommands.Rename(tx.Tx, json);
        message["hash"] = tx.Tx.Hash.ToString();
        message["close_time_iso"] = LedgerCommands.Iso(closed.CloseTime);
        message["tx_json"] = json;
        return message;
    }

    private static IEnumerable<string> Streams(RpcRequest request)
    {
        foreach (var item in Items(request, "streams"))
        {
            if (NotHere.Contains(item)) throw RpcException.NotSupported($"the stream {item}");
            yield return item is "ledger" or "transactions" ? item : throw new RpcException("malformedStream", 71, "Stream malformed.");
        }
    }

    private static IEnumerable<AccountId> Accounts(RpcRequest request)
    {
        foreach (var item in Items(request, "accounts"))
            yield return AccountId.TryParse(item, out var id, out _)
                ? id : throw new RpcException("actMalformed", 35, "Account malformed.");
    }

    private static IEnumerable<string> Items(RpcRequest request, string name)
    {
        if (!request.Has(name)) return [];
        return request.Body[name] is JsonArray list
            ? list.Select(i => i is JsonValue v && v.TryGetValue<string>(out var text) ? text : throw RpcException.InvalidParams())
            : throw RpcException.InvalidParams();
    }
}
