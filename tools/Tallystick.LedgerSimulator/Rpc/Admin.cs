using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>The door behind which a node is told to misbehave: <c>POST /sim</c>, apart from everything that a real
/// node answers. Every command begins with <c>sim_</c> and concerns the node whose port it came to.</summary>
internal static class Admin
{
    private const int CloseMax = 10_000;

    public static JsonObject Run(Node node, JsonObject body)
    {
        var request = new RpcRequest(body, 2);
        try
        {
            Do(node, request);
            return Status(node);
        }
        catch (RpcException e)
        {
            return new() { ["error"] = e.Error, ["error_message"] = e.Message };
        }
    }

    private static void Do(Node node, RpcRequest request)
    {
        var on = !request.Has("on") || request.Flag("on");
        switch (request.Text("command"))
        {
            case "sim_status":
                break;
            case "sim_close":
                var ledgers = Math.Min(request.UInt32("ledgers") ?? 1, CloseMax);
                for (var i = 0; i < ledgers; i++) node.CloseLedger();
                break;
            case "sim_lie":
                var lie = request.Text("about") ?? "";
                if (!Faults.KnownLies.Contains(lie))
                    throw RpcException.InvalidParams($"about is one of {string.Join(", ", Faults.KnownLies)}");
                node.Faults.Set(lie, on);
                break;
            case "sim_lag":
                node.Faults.LagLedgers = request.UInt32("ledgers") ?? 0;
                node.Faults.Delay = TimeSpan.FromMilliseconds(Math.Min(request.UInt32("delay_ms") ?? 0, 600_000));
                break;
            case "sim_drop":
                node.Faults.Drop(request.Text("requests") ?? "*", (int)Math.Min(request.UInt32("count") ?? 1, 1_000_000), !request.Flag("before"));
                break;
            case "sim_disconnect":
                node.Disconnect();
                break;
            case "sim_fork":
                node.Chain = on ? node.Chain.Fork() : node.Network.Chain;
                break;
            case "sim_restart":
                node.Faults.DownUntil = node.Now + TimeSpan.FromMilliseconds(Math.Min(request.UInt32("down_ms") ?? 0, 600_000));
                node.Restart(request.Flag("lose_history"));
                break;
            case "sim_honest":
                node.Faults.Clear();
                break;
            default:
                throw new RpcException("unknownCmd", 32, "see docs/ledger-simulator.md");
        }
    }

    private static JsonObject Status(Node node) => new()
    {
        ["node"] = node.Name,
        ["network_id"] = node.Network.Rules.NetworkId,
        ["validated_ledger"] = node.Validated.Index,
        ["complete_ledgers"] = node.CompleteLedgers,
        ["forked"] = node.Chain != node.Network.Chain,
        ["lag_ledgers"] = node.Faults.LagLedgers,
        ["delay_ms"] = (long)node.Faults.Delay.TotalMilliseconds,
        ["lies"] = new JsonArray([.. Faults.KnownLies.Where(node.Faults.Tells).Select(l => JsonValue.Create(l))]),
    };
}
