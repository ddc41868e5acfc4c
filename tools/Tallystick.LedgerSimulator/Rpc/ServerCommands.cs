using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>What a node says of itself.</summary>
internal static class ServerCommands
{
    public const string Version = "3.1.2";

    public static JsonObject Info(Node node)
    {
        var ledger = node.Validated;
        var info = Common(node);
        info["load_factor"] = 1;
        info["time"] = Time(node.Now);
        info["validated_ledger"] = new JsonObject
        {
            ["age"] = Age(node, ledger),
            ["base_fee_xrp"] = NetworkRules.BaseFee / 1_000_000m,
            ["hash"] = ledger.Hash.ToString(),
            ["reserve_base_xrp"] = NetworkRules.ReserveBase / 1_000_000m,
            ["reserve_inc_xrp"] = NetworkRules.ReserveIncrement / 1_000_000m,
            ["seq"] = ledger.Index,
        };
        return new() { ["info"] = info };
    }

    public static JsonObject State(Node node)
    {
        var ledger = node.Validated;
        var state = Common(node);
        state["load_base"] = 256;
        state["load_factor"] = 256;
        state["time"] = Time(node.Now);
        state["validated_ledger"] = new JsonObject
        {
            ["base_fee"] = NetworkRules.BaseFee,
            ["close_time"] = ledger.CloseTime,
            ["hash"] = ledger.Hash.ToString(),
            ["reserve_base"] = NetworkRules.ReserveBase,
            ["reserve_inc"] = NetworkRules.ReserveIncrement,
            ["seq"] = ledger.Index,
        };
        return new() { ["state"] = state };
    }

    public static JsonObject Fee(Node node) => node.Chain.ReadOpen((open, queue) =>
    {
        var market = node.Chain.Market;
        var level = market.LevelFor(open.Transactions.Count);
        return new JsonObject
        {
            ["current_ledger_size"] = Text(open.Transactions.Count),
            ["current_queue_size"] = Text(queue.Count),
            ["drops"] = new JsonObject
            {
                ["base_fee"] = Text(NetworkRules.BaseFee),
                ["median_fee"] = Text(market.MedianLevel * NetworkRules.BaseFee / FeeMarket.BaseLevel),
                ["minimum_fee"] = Text(NetworkRules.BaseFee),
                ["open_ledger_fee"] = Text(FeeMarket.Drops(level)),
            },
            ["expected_ledger_size"] = Text(market.Expected),
            ["ledger_current_index"] = open.Index,
            ["levels"] = new JsonObject
            {
                ["median_level"] = Text(market.MedianLevel),
                ["minimum_level"] = Text(FeeMarket.BaseLevel),
                ["open_ledger_level"] = Text(level),
                ["reference_level"] = Text(FeeMarket.BaseLevel),
            },
            ["max_queue_size"] = Text(market.QueueSizeMax),
        };
    });

    private static JsonObject Common(Node node)
    {
        var json = new JsonObject
        {
            ["build_version"] = Version,
            ["complete_ledgers"] = node.CompleteLedgers,
            ["hostid"] = node.Name,
            ["initial_sync_duration_us"] = "1",
            ["io_latency_ms"] = 1,
            ["jq_trans_overflow"] = "0",
            ["last_close"] = new JsonObject { ["converge_time_s"] = 0, ["proposers"] = 0 },
            ["node_size"] = "tiny",
            ["peers"] = node.Network.Nodes.Count - 1,
            ["pubkey_validator"] = "none",
            ["server_state"] = "full",
            ["uptime"] = node.UptimeSeconds,
            ["validation_quorum"] = 0,
        };
        // A standalone node of the main network's rules names no network.
        if (node.Network.Rules.NetworkId != 0) json["network_id"] = node.Network.Rules.NetworkId;
        return json;
    }

    private static long Age(Node node, ClosedLedger ledger) =>
        Math.Max(0, Tallystick.Xrpl.RippleTime.From(node.Now).Seconds - (long)ledger.CloseTime);

    private static string Time(DateTimeOffset now) =>
        now.ToString("yyyy-MMM-dd HH:mm:ss.ffffff 'UTC'", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
