using System.Text.Json;

namespace Tallystick.Xrpl.Client;

/// <summary>A transaction in a validated ledger.</summary>
/// <param name="Hash">Its hash, as asked for.</param>
/// <param name="LedgerIndex">The ledger that holds it.</param>
/// <param name="LedgerHash">That ledger's hash; null where API v1 does not tell.</param>
/// <param name="CloseTime">That ledger's close time, seconds since 2000-01-01; null where the node does not tell.</param>
/// <param name="Result">Only <c>tes</c> and <c>tec</c> occur. <c>tec</c>: the fee was taken, nothing else.</param>
/// <param name="Delivered">For payments what really arrived (<c>meta.delivered_amount</c>): drops as a text or an
/// issued amount as an object. Null when nothing was delivered or the node says <c>unavailable</c>.</param>
/// <param name="Transaction">The signed fields.</param>
/// <param name="Metadata">What it changed.</param>
public sealed record LedgerTransaction(
    Hash256 Hash, uint LedgerIndex, Hash256? LedgerHash, uint? CloseTime, EngineResult Result, JsonElement? Delivered,
    JsonElement Transaction, JsonElement Metadata)
{
    /// <summary>Reads the answer of <c>tx</c> or an item of <c>account_tx</c>, API v1 or v2.</summary>
    /// <exception cref="NodeProtocolException">It is not validated, or lacks what a validated one has.</exception>
    public static LedgerTransaction Read(JsonElement answer)
    {
        if (!answer.Flag("validated")) throw new NodeProtocolException("the transaction is not validated");
        // v2: tx_json beside the rest. v1: tx answers flat, account_tx puts it into tx.
        var fields = answer.ObjectOrNull("tx_json") ?? answer.ObjectOrNull("tx") ?? answer;
        var meta = answer.Object("meta");
        var result = new EngineResult(meta.Text("TransactionResult"));
        if (result.Class is not (EngineResultClass.Success or EngineResultClass.Claimed))
            throw new NodeProtocolException($"{result} never stands in a validated ledger");
        return new(
            Ids.Hash(answer.TextOrNull("hash") ?? fields.Text("hash")),
            answer.UInt32OrNull("ledger_index") ?? fields.UInt32("ledger_index"),
            answer.TextOrNull("ledger_hash") is { } hash ? Ids.Hash(hash) : null,
            fields.UInt32OrNull("date") ?? answer.UInt32OrNull("date"),
            result,
            DeliveredBy(meta),
            fields,
            meta);
    }

    private static JsonElement? DeliveredBy(JsonElement meta) =>
        meta.TryGetProperty("delivered_amount", out var amount)
            && amount.ValueKind is JsonValueKind.String or JsonValueKind.Object
            && !(amount.ValueKind == JsonValueKind.String && amount.GetString() == "unavailable")
            ? amount : null;

    /// <summary>What nodes must agree on: where it stands, how it ended and what it delivered.</summary>
    internal (Hash256 Hash, uint Ledger, string Result, string Delivered) AgreementKey =>
        (Hash, LedgerIndex, Result.Name, Delivered?.Canonical() ?? "");
}

/// <summary>What is known about a transaction.</summary>
public abstract record TransactionLookup
{
    private TransactionLookup()
    {
    }

    /// <summary>It stands in a validated ledger; enough nodes say the same.</summary>
    public sealed record Found(LedgerTransaction Transaction) : TransactionLookup;

    /// <summary>It stands in no ledger of the range: enough nodes hold the whole range, searched all of it, and no
    /// node has it.</summary>
    public sealed record Absent(uint From, uint To) : TransactionLookup;

    /// <summary>Neither: unvalidated, an incomplete range, too few nodes, or nodes that contradict each other. Ask
    /// again; decide nothing.</summary>
    public sealed record Undecided(string Why) : TransactionLookup;
}
