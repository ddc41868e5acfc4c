using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.LedgerSimulator.Rpc;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>
/// Replays what a real rippled 3.1.2 answered, request by request and in order. An answer must equal the recorded one
/// in every field but those listed here, each with its reason: so the list of compared fields is "all others".
/// </summary>
public sealed class TranscriptTests
{
    /// <summary>Fields of which no value is asked, wherever they stand.</summary>
    private static readonly Dictionary<string, string> Ignored = new()
    {
        ["ledger_hash"] = "hangs on account_hash",
        ["parent_hash"] = "hangs on account_hash",
        ["account_hash"] = "commits to objects that only a real network has (amendments, fee settings, skip lists)",
    };

    /// <summary>Fields of server_info that describe a machine, not a ledger.</summary>
    private static readonly HashSet<string> MachineFields =
    [
        "git", "hostid", "initial_sync_duration_us", "io_latency_ms", "jq_trans_overflow", "last_close", "load", "node_size",
        "peer_disconnects", "peer_disconnects_resources", "peers", "ports", "pubkey_node", "pubkey_validator",
        "server_state_duration_us", "state_accounting", "time", "uptime", "validation_quorum", "validator_list", "age", "hash",
    ];

    /// <summary>Nothing of these may be missing from what was compared: a shrinking comparison is a failure.</summary>
    private static readonly string[] MustHaveBeenCompared =
    [
        "engine_result", "engine_result_code", "engine_result_message", "accepted", "applied", "broadcast", "kept", "queued",
        "open_ledger_cost", "account_sequence_available", "account_sequence_next", "validated_ledger_index", "hash",
        "validated", "ledger_index", "ledger_current_index", "close_time", "close_time_iso", "close_time_human",
        "parent_close_time", "close_flags", "close_time_resolution", "total_coins", "transaction_hash", "closed", "ctid",
        "date", "inLedger", "TransactionResult", "TransactionIndex", "delivered_amount", "DeliveredAmount", "DeliverMax",
        "AffectedNodes", "LedgerEntryType", "LedgerIndex", "FinalFields", "PreviousFields", "NewFields", "PreviousTxnID",
        "PreviousTxnLgrSeq", "Balance", "Amount", "Expiration", "SettleDelay", "PublicKey", "Destination", "DestinationTag",
        "Sequence", "OwnerCount", "Flags", "Memos", "SetFlag", "LimitAmount", "SendMax", "account_flags", "signature_verified",
        "error", "error_code", "error_message", "error_exception", "searched_all", "request", "warnings", "status", "type",
        "lines", "balance", "limit", "limit_peer", "complete_ledgers", "base_fee_xrp", "reserve_base_xrp", "reserve_inc_xrp",
        "build_version", "server_state", "load_factor", "seq", "index",
    ];

    [Fact]
    public void Every_recorded_answer_of_rippled_is_given_again_field_by_field()
    {
        var pairs = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Simulator", "rippled-3.1.2-transcripts.json")))!.AsArray();
        pairs.Count.ShouldBe(300);
        // The recording began at 21:42:49; every close then came faster than the clock's resolution of ten seconds.
        var time = new FixedTime(new DateTimeOffset(2026, 11, 20, 21, 42, 49, TimeSpan.Zero));
        var node = new Network(new NetworkRules(0), time).AddNode("node");
        var differences = new List<string>();
        var compared = new Dictionary<string, int>();

        for (var i = 0; i < pairs.Count; i++)
        {
            var request = (JsonObject)pairs[i]!["request"]!.DeepClone();
            var command = request["command"]!.GetValue<string>();
            request["id"] = i + 1;
            request["api_version"] = 2;
            // What came over the wire, read back: numbers and texts as a client sees them.
            var actual = JsonNode.Parse(RpcDoor.AnswerWebSocket(node, request, command, 2, null).ToJsonString())!;
            var expected = pairs[i]!["response"] ?? pairs[i]!["error"]!;
            Compare(expected, actual, $"[{i}] {command}", command, differences, compared);
        }

        differences.ShouldBeEmpty(string.Join('\n', differences.Take(40)));
        MustHaveBeenCompared.Where(f => !compared.ContainsKey(f)).ShouldBeEmpty();
    }

    private static void Compare(
        JsonNode? expected, JsonNode? actual, string path, string command, List<string> differences, Dictionary<string, int> compared)
    {
        switch (expected)
        {
            case JsonObject e when actual is JsonObject a:
                foreach (var (name, value) in e)
                {
                    if (Ignored.ContainsKey(name) || (command == "server_info" && MachineFields.Contains(name))) continue;
                    compared[name] = compared.GetValueOrDefault(name) + 1;
                    if (!a.ContainsKey(name)) differences.Add($"{path}.{name}: missing, expected {value?.ToJsonString()}");
                    else Compare(value, a[name], $"{path}.{name}", command, differences, compared);
                }
                foreach (var (name, value) in a)
                    // xrpl.js, which recorded, takes the word "success" out of an answer before it hands it on.
                    if (!e.ContainsKey(name) && !Ignored.ContainsKey(name) && !(name == "status" && value!.ToString() == "success"))
                        differences.Add($"{path}.{name}: not in the recording, is {value?.ToJsonString()}");
                break;
            case JsonArray e when actual is JsonArray a && e.Count == a.Count:
                for (var i = 0; i < e.Count; i++) Compare(e[i], a[i], $"{path}[{i}]", command, differences, compared);
                break;
            default:
                if (!Same(expected, actual)) differences.Add($"{path}: {actual?.ToJsonString()}, expected {expected?.ToJsonString()}");
                break;
        }
    }

    private static bool Same(JsonNode? expected, JsonNode? actual)
    {
        if (expected is JsonValue e && actual is JsonValue a
            && e.GetValueKind() == JsonValueKind.Number && a.GetValueKind() == JsonValueKind.Number)
            return decimal.Parse(e.ToJsonString(), System.Globalization.NumberStyles.Float)
                == decimal.Parse(a.ToJsonString(), System.Globalization.NumberStyles.Float);
        return JsonNode.DeepEquals(expected, actual);
    }
}
