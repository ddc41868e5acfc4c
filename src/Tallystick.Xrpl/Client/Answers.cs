using System.Globalization;
using System.Text.Json;

namespace Tallystick.Xrpl.Client;

/// <summary>What a node says of itself (<c>server_state</c>). Its word only: nothing here is validated.</summary>
/// <param name="NetworkId">0 when the node names none.</param>
/// <param name="Version">rippled's version.</param>
/// <param name="State">For example <c>full</c> or <c>proposing</c>.</param>
/// <param name="ValidatedLedger">Its newest validated ledger, or null.</param>
/// <param name="ReserveBase">Drops an account must keep.</param>
/// <param name="ReserveIncrement">Drops it must keep per object it owns.</param>
/// <param name="CompleteLedgers">The ledgers it holds in full.</param>
public sealed record ServerState(
    uint NetworkId, string Version, string State, uint? ValidatedLedger, Drops ReserveBase, Drops ReserveIncrement,
    LedgerRanges CompleteLedgers)
{
    internal static ServerState Read(JsonElement result)
    {
        var state = result.Object("state");
        var validated = state.ObjectOrNull("validated_ledger");
        // A node that still catches up has validated nothing and tells the newest ledger that it closed instead.
        var ledger = validated ?? state.ObjectOrNull("closed_ledger");
        return new(
            state.UInt32OrNull("network_id") ?? 0,
            state.TextOrNull("build_version") ?? "",
            state.TextOrNull("server_state") ?? "",
            validated?.UInt32OrNull("seq"),
            Amounts.Drops(ledger, "reserve_base"),
            Amounts.Drops(ledger, "reserve_inc"),
            LedgerRanges.TryParse(state.TextOrNull("complete_ledgers"))
                ?? throw new NodeProtocolException("complete_ledgers: not a list of ranges"));
    }
}

/// <summary>What entry into a ledger costs now (<c>fee</c>), in drops for a plain transaction.</summary>
/// <param name="BaseFee">In a quiet ledger.</param>
/// <param name="OpenLedgerFee">To enter the open ledger at once.</param>
/// <param name="MinimumFee">To enter the queue.</param>
public sealed record FeeQuote(Drops BaseFee, Drops OpenLedgerFee, Drops MinimumFee)
{
    internal static FeeQuote Read(JsonElement result)
    {
        var drops = result.Object("drops");
        return new(
            Amounts.Drops(drops, "base_fee"), Amounts.Drops(drops, "open_ledger_fee"),
            Amounts.Drops(drops, "minimum_fee"));
    }
}

/// <summary>An account in one ledger (AccountRoot).</summary>
/// <param name="Account">Its id.</param>
/// <param name="Balance">All its XRP, the reserve included.</param>
/// <param name="Sequence">The next sequence number.</param>
/// <param name="Flags">AccountRoot flags.</param>
/// <param name="OwnerCount">Objects that raise its reserve.</param>
/// <param name="TicketCount">Unused tickets.</param>
/// <param name="LedgerIndex">The ledger this was read from.</param>
/// <param name="Validated">False for the open ledger: provisional.</param>
public sealed record AccountState(
    AccountId Account, Drops Balance, uint Sequence, uint Flags, uint OwnerCount, uint TicketCount, uint LedgerIndex,
    bool Validated)
{
    internal static AccountState Read(JsonElement result)
    {
        var data = result.Object("account_data");
        var validated = result.Flag("validated");
        return new(
            Ids.Account(data.Text("Account")),
            Amounts.Drops(data, "Balance"),
            data.UInt32("Sequence"),
            data.UInt32("Flags"),
            data.UInt32("OwnerCount"),
            data.UInt32OrNull("TicketCount") ?? 0,
            validated ? result.UInt32("ledger_index") : result.UInt32("ledger_current_index"),
            validated);
    }
}

/// <summary>A closed, validated ledger's header.</summary>
/// <param name="Index">Its sequence number.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="ParentHash">The hash of the ledger before it.</param>
/// <param name="CloseTime">Seconds since 2000-01-01T00:00:00Z, as agreed by the network.</param>
/// <param name="ParentCloseTime">The close time that expirations in this ledger were judged by.</param>
/// <param name="Transactions">Hashes of its transactions when they were asked for.</param>
public sealed record LedgerHeader(
    uint Index, Hash256 Hash, Hash256 ParentHash, uint CloseTime, uint ParentCloseTime,
    IReadOnlyList<Hash256> Transactions)
{
    internal static LedgerHeader Read(JsonElement result)
    {
        var ledger = result.Object("ledger");
        return new(
            result.UInt32OrNull("ledger_index") ?? ledger.UInt32("ledger_index"),
            Ids.Hash(ledger.Text("ledger_hash")),
            Ids.Hash(ledger.Text("parent_hash")),
            ledger.UInt32("close_time"),
            ledger.UInt32("parent_close_time"),
            ledger.TryGetProperty("transactions", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String)
                    .Select(t => Ids.Hash(t.GetString()!))]
                : []);
    }
}

/// <summary>A payment channel in a validated ledger (PayChannel). Claims up to <see cref="Amount"/> can be paid.
/// </summary>
/// <param name="Id">The channel.</param>
/// <param name="Source">Who pays.</param>
/// <param name="Destination">Who is paid.</param>
/// <param name="Amount">All XRP ever put in.</param>
/// <param name="Balance">XRP already paid out; never falls.</param>
/// <param name="PublicKey">The key whose claims count, in upper-case hexadecimal.</param>
/// <param name="SettleDelay">Seconds between the source's close request and the end.</param>
/// <param name="Expiration">Seconds since 2000-01-01 when it can be closed by anyone, or null.</param>
/// <param name="CancelAfter">The same, fixed at creation, or null.</param>
/// <param name="DestinationTag">Tag at the destination, or null (0 is a tag).</param>
/// <param name="LedgerIndex">The validated ledger this was read from.</param>
/// <param name="LedgerHash">Its hash.</param>
public sealed record ChannelState(
    Hash256 Id, AccountId Source, AccountId Destination, Drops Amount, Drops Balance, string PublicKey,
    uint SettleDelay, uint? Expiration, uint? CancelAfter, uint? DestinationTag, uint LedgerIndex, Hash256 LedgerHash)
{
    internal static ChannelState Read(JsonElement result)
    {
        var node = result.Object("node");
        if (node.TextOrNull("LedgerEntryType") != "PayChannel")
            throw new NodeProtocolException("the entry is no payment channel");
        return new(
            Ids.Hash(result.TextOrNull("index") ?? node.Text("index")),
            Ids.Account(node.Text("Account")),
            Ids.Account(node.Text("Destination")),
            Amounts.Drops(node, "Amount"),
            Amounts.Drops(node, "Balance"),
            node.Text("PublicKey").ToUpperInvariant(),
            node.UInt32OrNull("SettleDelay") ?? 0,
            node.UInt32OrNull("Expiration"),
            node.UInt32OrNull("CancelAfter"),
            node.UInt32OrNull("DestinationTag"),
            result.UInt32("ledger_index"),
            Ids.Hash(result.Text("ledger_hash")));
    }
}

/// <summary>A node's preliminary word on a submitted blob. Proof of nothing, whatever it says.</summary>
/// <param name="Result">The preliminary result.</param>
/// <param name="Applied">Put into the node's open ledger.</param>
/// <param name="Queued">Put into the node's queue.</param>
/// <param name="Kept">The node will try it again by itself.</param>
/// <param name="OpenLedgerFee">What entry into the open ledger cost when it answered.</param>
/// <param name="ValidatedLedger">The node's newest validated ledger.</param>
public sealed record SubmitAnswer(
    EngineResult Result, bool Applied, bool Queued, bool Kept, Drops? OpenLedgerFee, uint? ValidatedLedger)
{
    internal static SubmitAnswer Read(JsonElement result) => new(
        new EngineResult(result.Text("engine_result")),
        result.Flag("applied"), result.Flag("queued"), result.Flag("kept"),
        result.TextOrNull("open_ledger_cost") is { } cost
            && long.TryParse(cost, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? Amounts.Drops(result, "open_ledger_cost") : null,
        result.UInt32OrNull("validated_ledger_index"));
}
