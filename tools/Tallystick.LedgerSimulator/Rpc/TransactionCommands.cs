using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Transactions that were applied or seen.</summary>
internal static class TransactionCommands
{
    private const uint RangeMax = 1000;

    public static RpcAnswer Tx(Node node, RpcRequest request)
    {
        var (hash, range) = (Asked(node, request), Range(request));
        var closed = hash is { } h ? node.FindTransaction(h) : null;
        if (node.Faults.Tells("not_found")) throw NotFound(range is null ? null : true);
        if (closed is not null)
        {
            var answer = Describe(node, node.Find(closed.LedgerIndex)!, closed, request, withDate: true);
            return new(answer) { Warnings = PartialPaymentWarning(closed.Tx) };
        }
        if (hash is { } seen && node.Chain.FindPending(seen) is { } pending)
            return new(Unvalidated(pending, request.ApiVersion));
        throw NotFound(range is { } r ? node.Holds(r.From, r.To) : null);
    }

    public static JsonObject AccountTx(Node node, RpcRequest request)
    {
        foreach (var name in (ReadOnlySpan<string>)["binary", "forward"])
            if (request.ApiVersion >= 2 && request.Has(name) && request.Body[name]?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False))
                throw RpcException.Invalid(name);
        var limit = request.Limit(least: 1);
        var account = request.Account("account");
        var (from, to) = HistoryRange(node, request);
        var forward = request.Flag("forward");
        // Where to go on, whatever range is asked for next: as rippled's, a marker names a ledger and a place in it.
        var at = request.Has("marker") ? Place(request) : null;
        var found = node.Chain.History(account, from, to, forward, at, limit + 1);
        var next = found.Count > limit ? found[limit] : null;
        if (next is not null) found.RemoveAt(limit);
        var list = new JsonArray();
        foreach (var tx in found)
        {
            var closed = node.Chain.Find(tx.LedgerIndex)!;
            list.Add(Item(node, closed, tx, request));
        }
        var answer = new JsonObject
        {
            ["account"] = account.ToString(),
            ["ledger_index_min"] = from,
            ["ledger_index_max"] = to,
            ["limit"] = limit,
            ["transactions"] = list,
            ["validated"] = true,
        };
        if (next is not null) answer["marker"] = new JsonObject { ["ledger"] = next.LedgerIndex, ["seq"] = next.Meta.TransactionIndex };
        return answer;
    }

    /// <summary>The ledgers that are asked about: one by name, or a range as far as it is held.</summary>
    private static (uint From, uint To) HistoryRange(Node node, RpcRequest request)
    {
        var (oldest, newest) = (node.OldestLedger, node.Validated.Index);
        var (least, most) = (request.UInt32("ledger_index_min"), request.UInt32("ledger_index_max"));
        var isRange = request.Has("ledger_index_min") || request.Has("ledger_index_max");
        if (!isRange && (request.Has("ledger_hash") || request.Has("ledger_index")))
        {
            var one = Commands.SelectClosed(node, request) ?? throw new RpcException("lgrNotValidated", 22, "Ledger not validated.");
            return (one.Index, one.Index);
        }
        if (request.ApiVersion >= 2)
        {
            if (isRange && (request.Has("ledger_hash") || request.Has("ledger_index"))) throw RpcException.InvalidParams("invalidParams");
            if (most > newest || (least > 0 && least < oldest)) throw new RpcException("lgrIdxMalformed", 58, "Ledger index malformed.");
        }
        var (from, to) = (Math.Max(oldest, least ?? oldest), Math.Min(newest, most ?? newest));
        if (from <= to) return (from, to);
        throw request.ApiVersion < 2
            ? new RpcException("lgrIdxsInvalid", 57, "Ledger indexes invalid.")
            : new RpcException("invalidLgrRange", 79, "Ledger range is invalid.");
    }

    private static (uint, uint)? Place(RpcRequest request) =>
        request.Body["marker"] is JsonObject told
        && told["ledger"] is JsonValue ledger && ledger.TryGetValue<uint>(out var at) && told["seq"] is JsonValue seq && seq.TryGetValue<uint>(out var place)
            ? (at, place)
            : throw RpcException.InvalidParams("invalid marker. Provide ledger index via ledger field, and transaction sequence number via seq field");

    /// <summary>A validated transaction in the shape of `tx`.</summary>
    public static JsonObject Describe(Node node, ClosedLedger closed, ClosedTx tx, RpcRequest request, bool withDate)
    {
        var ctid = Ctid(node, tx);
        var json = TxJson.Of(tx.Tx);
        JsonNode meta = request.Flag("binary") ? tx.Meta.ToHex() : MetaJson(tx);
        if (request.ApiVersion < 2)
        {
            if (request.Flag("binary")) json = new JsonObject { ["tx"] = Convert.ToHexString(tx.Tx.Blob) };
            else if (tx.Tx.Kind == TxKind.Payment) json["DeliverMax"] = json["Amount"]!.DeepClone();
            if (withDate) (json["date"], json["inLedger"]) = (closed.CloseTime, closed.Index);
            if (ctid is not null) json["ctid"] = ctid;
            (json["hash"], json["ledger_index"]) = (tx.Tx.Hash.ToString(), closed.Index);
            (json["meta"], json["validated"]) = (meta, true);
            return json;
        }
        Rename(tx.Tx, json);
        if (withDate)
        {
            (json["date"], json["ledger_index"]) = (closed.CloseTime, closed.Index);
            if (ctid is not null) json["ctid"] = ctid;
        }
        var answer = new JsonObject
        {
            ["close_time_iso"] = LedgerCommands.Iso(closed.CloseTime),
            ["hash"] = tx.Tx.Hash.ToString(),
            ["ledger_hash"] = closed.Hash.ToString(),
            ["ledger_index"] = closed.Index,
            [request.Flag("binary") ? "meta_blob" : "meta"] = meta,
            ["validated"] = true,
        };
        if (ctid is not null) answer["ctid"] = ctid;
        if (request.Flag("binary")) answer["tx_blob"] = Convert.ToHexString(tx.Tx.Blob);
        else answer["tx_json"] = json;
        return answer;
    }

    /// <summary>The metadata with what was delivered, as the answers of a node carry it.</summary>
    public static JsonObject MetaJson(ClosedTx tx)
    {
        var meta = tx.Meta.ToJson();
        if (tx.Tx.Kind == TxKind.Payment && tx.Meta.Result.IsSuccess)
            meta["delivered_amount"] = (tx.Meta.Delivered ?? tx.Tx.AmountOf(Field.Amount)!.Value).ToJson();
        return meta;
    }

    /// <summary>XLS-37; none for ledgers and networks that do not fit into it.</summary>
    public static string? Ctid(Node node, ClosedTx tx) =>
        tx.LedgerIndex <= 0x0FFF_FFFF && tx.Meta.TransactionIndex <= 0xFFFF && node.Network.Rules.NetworkId <= 0xFFFF
            ? string.Create(CultureInfo.InvariantCulture,
                $"C{tx.LedgerIndex:X7}{tx.Meta.TransactionIndex:X4}{node.Network.Rules.NetworkId:X4}")
            : null;

    /// <summary>API v2 calls a payment's Amount DeliverMax: it is what is sent at most, not what arrived.</summary>
    public static void Rename(Tx tx, JsonObject json)
    {
        if (tx.Kind != TxKind.Payment || json["Amount"] is not { } amount) return;
        json.Remove("Amount");
        json["DeliverMax"] = amount;
    }

    private static JsonObject Item(Node node, ClosedLedger closed, ClosedTx tx, RpcRequest request)
    {
        if (request.Flag("binary"))
            return new()
            {
                ["tx_blob"] = Convert.ToHexString(tx.Tx.Blob), [request.ApiVersion >= 2 ? "meta_blob" : "meta"] = tx.Meta.ToHex(),
                ["ledger_index"] = closed.Index, ["validated"] = true,
            };
        if (request.ApiVersion >= 2)
        {
            var item = Describe(node, closed, tx, request, withDate: true);
            item.Remove("ctid");
            return item;
        }
        var json = Describe(node, closed, tx, request, withDate: true);
        var meta = json["meta"]!;
        json.Remove("meta");
        json.Remove("validated");
        return new() { ["tx"] = json, ["meta"] = meta, ["validated"] = true };
    }

    private static JsonObject Unvalidated(Tx tx, int apiVersion)
    {
        var json = TxJson.Of(tx);
        if (apiVersion < 2)
        {
            json["hash"] = tx.Hash.ToString();
            json["validated"] = false;
            return json;
        }
        Rename(tx, json);
        return new() { ["hash"] = tx.Hash.ToString(), ["tx_json"] = json, ["validated"] = false };
    }

    private static Hash256? Asked(Node node, RpcRequest request)
    {
        if (request.Has("transaction") == request.Has("ctid")) throw RpcException.InvalidParams();
        if (request.Has("transaction"))
            return Hash256.TryParse(request.Text("transaction"), out var hash) ? hash : throw new RpcException("notImpl", 74, "Not implemented.");
        var text = request.Text("ctid") ?? "";
        if (text.Length != 16 || text[0] is not ('C' or 'c')
            || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
            throw RpcException.InvalidParams();
        if ((uint)(bits & 0xFFFF) != node.Network.Rules.NetworkId)
            throw new RpcException("wrongNetwork", 4, $"Wrong network. You should submit this request to a node running on NetworkID: {bits & 0xFFFF}");
        var ledger = node.Find((uint)(bits >> 32 & 0x0FFF_FFFF));
        var position = (int)((bits >> 16) & 0xFFFF);
        return ledger is not null && position < ledger.Transactions.Count ? ledger.Transactions[position].Tx.Hash : null;
    }

    private static (uint From, uint To)? Range(RpcRequest request)
    {
        if (!request.Has("min_ledger") || !request.Has("max_ledger")) return null;
        var (from, to) = (request.UInt32("min_ledger") ?? 0, request.UInt32("max_ledger") ?? 0);
        if (to < from) throw new RpcException("invalidLgrRange", 79, "Ledger range is invalid.");
        if (to - from > RangeMax) throw new RpcException("excessiveLgrRange", 78, "Ledger range exceeds 1000.");
        return (from, to);
    }

    private static RpcException NotFound(bool? searchedAll) =>
        new("txnNotFound", 29, "Transaction not found.") { SearchedAll = searchedAll };

    private static JsonArray? PartialPaymentWarning(Tx tx) =>
        tx.Kind == TxKind.Payment && (tx.Flags & Engine.Tx.PartialPayment) != 0
            ? [new JsonObject { ["id"] = 2001, ["message"] = "This response contains a Partial Payment" }]
            : null;
}
