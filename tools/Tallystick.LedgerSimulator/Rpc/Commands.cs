using System.Text.Json.Nodes;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>The commands that are understood: the table of contents of this folder.</summary>
internal static class Commands
{
    public static RpcAnswer Run(Node node, RpcRequest request, string command, Session? session) => command switch
    {
        "ping" => new(new JsonObject()),
        "server_info" => new(ServerCommands.Info(node)),
        "server_state" => new(ServerCommands.State(node)),
        "fee" => new(ServerCommands.Fee(node)),
        "ledger" => new(LedgerCommands.Ledger(node, request)),
        "ledger_current" => new(new JsonObject { ["ledger_current_index"] = node.Chain.OpenIndex }),
        "ledger_closed" => new(LedgerCommands.Closed(node)),
        "ledger_accept" => new(LedgerCommands.Accept(node)),
        "ledger_entry" => new(EntryCommand.Entry(node, request)),
        "account_info" => new(AccountCommands.Info(node, request)),
        "account_lines" => new(AccountCommands.Lines(node, request)),
        "account_channels" => new(AccountCommands.Channels(node, request)),
        "account_objects" => new(AccountCommands.Objects(node, request)),
        "account_tx" => new(TransactionCommands.AccountTx(node, request)),
        "tx" => TransactionCommands.Tx(node, request),
        "submit" => new(SubmitCommand.Submit(node, request)),
        "channel_verify" => new(SubmitCommand.VerifyClaim(request)),
        "subscribe" => new(SubscriptionCommands.Subscribe(node, request, session)),
        "unsubscribe" => new(SubscriptionCommands.Unsubscribe(request, session)),
        _ => throw new RpcException("unknownCmd", 32, "Unknown method."),
    };

    /// <summary>The state that a request asks about, and what the answer says of it.</summary>
    public static (StateView State, ClosedLedger? Closed) Select(Node node, RpcRequest request, JsonObject answer)
    {
        var closed = SelectClosed(node, request);
        if (closed is null)
        {
            answer["ledger_current_index"] = node.Chain.OpenIndex;
            answer["validated"] = false;
            return (new OpenState(node.Chain), null);
        }
        answer["ledger_hash"] = closed.Hash.ToString();
        answer["ledger_index"] = closed.Index;
        answer["validated"] = true;
        return (closed.State, closed);
    }

    /// <summary>The closed ledger that a request asks about; null for the open one, which is the default.</summary>
    public static ClosedLedger? SelectClosed(Node node, RpcRequest request)
    {
        // "ledger" is the older name of both.
        var hash = request.Has("ledger_hash") ? "ledger_hash" : request.Text("ledger") is { Length: > 12 } ? "ledger" : null;
        if (hash is not null)
            return node.Chain.Find(request.Hash(hash)) is { } byHash && node.Find(byHash.Index) is not null
                ? byHash : throw NotFound();
        var index = request.Has("ledger_index") ? "ledger_index" : "ledger";
        return request.Text(index) switch
        {
            null when !request.Has(index) => null,
            "current" or "" => null,
            "validated" or "closed" => node.Validated,
            _ => Numbered(node, request.UInt32(index) ?? 0),
        };
    }

    private static ClosedLedger? Numbered(Node node, uint index) =>
        index == node.Chain.OpenIndex ? null : node.Find(index) ?? throw NotFound();

    public static RpcException NotFound() => new("lgrNotFound", 21, "ledgerNotFound");

    /// <summary>The open ledger's state, each look-up under the chain's lock.</summary>
    private sealed class OpenState(Chain chain) : StateView
    {
        public override Entry? Find(Hash256 index) => chain.ReadOpen((open, _) => open.State.Find(index));
    }
}
