using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>What a node was told to do wrong. Changed by the admin door, read by every request.</summary>
internal sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _lies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Count, bool AfterWork)> _drops = new(StringComparer.Ordinal);

    /// <summary>Lies that can be told.</summary>
    public static readonly string[] KnownLies =
        ["validated", "success", "delivered_amount", "not_found", "channel_amount", "network_id", "signature"];

    /// <summary>Shows a past that is so many ledgers old.</summary>
    public uint LagLedgers { get; set; }

    /// <summary>Waits so long before each answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Refuses new connections and requests until then.</summary>
    public DateTimeOffset DownUntil { get; set; }

    public void Set(string lie, bool on)
    {
        lock (_lock)
        {
            if (on) _lies.Add(lie);
            else _lies.Remove(lie);
        }
    }

    /// <summary>Gives no answer to the next requests of a command ("*": any), before or after doing the work.</summary>
    public void Drop(string command, int count, bool afterWork)
    {
        lock (_lock) _drops[command] = (count, afterWork);
    }

    public void Clear()
    {
        lock (_lock)
        {
            _lies.Clear();
            _drops.Clear();
        }
        (LagLedgers, Delay, DownUntil) = (0, TimeSpan.Zero, default);
    }

    /// <summary>Whether this request is dropped, and when: null, or true for after the work.</summary>
    public bool? TakeDrop(string command)
    {
        lock (_lock)
        {
            if (_drops.Count == 0) return null;
            var key = _drops.ContainsKey(command) ? command : "*";
            if (!_drops.TryGetValue(key, out var drop)) return null;
            if (drop.Count <= 1) _drops.Remove(key);
            else _drops[key] = drop with { Count = drop.Count - 1 };
            return drop.AfterWork;
        }
    }

    public bool Tells(string lie)
    {
        lock (_lock) return _lies.Count > 0 && _lies.Contains(lie);
    }

    /// <summary>Falsifies an honest answer.</summary>
    public void Lie(string command, RpcAnswer answer)
    {
        lock (_lock)
            if (_lies.Count == 0) return;
        var result = answer.Result;
        if (Tells("validated") && result.ContainsKey("validated")) result["validated"] = true;
        if (Tells("success"))
        {
            if (result["meta"] is JsonObject meta) meta["TransactionResult"] = "tesSUCCESS";
            if (command == "submit") (result["engine_result"], result["engine_result_code"]) = ("tesSUCCESS", 0);
        }
        if (Tells("delivered_amount") && result["meta"] is JsonObject told
            && (result["tx_json"]?["DeliverMax"] ?? result["Amount"]) is { } asked)
            told["delivered_amount"] = asked.DeepClone();
        if (Tells("channel_amount") && result["node"] is JsonObject node && node.ContainsKey("Amount"))
            node["Amount"] = "100000000000";
        if (Tells("network_id") && (result["info"] ?? result["state"]) is JsonObject state) state["network_id"] = 4242;
        if (Tells("signature") && command == "channel_verify") result["signature_verified"] = true;
    }
}
