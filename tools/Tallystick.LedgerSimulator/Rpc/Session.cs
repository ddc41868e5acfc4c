using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>One WebSocket. Requests are answered in their order; a reader too slow for its messages is dropped.</summary>
internal sealed class Session(WebSocket socket, Node node, TimeProvider time) : IDisposable
{
    private const int MessageBytesMax = 4 * 1024 * 1024;
    private const int MessagesWaitingMax = 50_000;

    private static long _lastId;

    private readonly Channel<ReadOnlyMemory<byte>> _out = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(MessagesWaitingMax) { SingleReader = true });
    private readonly CancellationTokenSource _abort = new();

    public long Id { get; } = Interlocked.Increment(ref _lastId);

    /// <summary>Streams subscribed to, each with the API version of its request.</summary>
    public ConcurrentDictionary<string, int> Streams { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<AccountId, int> Accounts { get; } = new();

    /// <summary>Tells it to go. It may have gone by itself in this very moment.</summary>
    public void Abort()
    {
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // What was to be reached is reached.
        }
    }

    public void Dispose() => _abort.Dispose();

    /// <summary>Serves until either side is gone.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, _abort.Token);
        var writing = Write(end.Token);
        try
        {
            await Read(end.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or JsonException)
        {
            // Gone, told to go, or talking nonsense: the connection ends, as a node's would.
        }
        // A client that says goodbye gets what is under way and a goodbye; it would wait half a minute for it.
        _out.Writer.TryComplete();
        if (socket.State != WebSocketState.CloseReceived) await end.CancelAsync();
        await writing;
        if (socket.State == WebSocketState.CloseReceived) await SayGoodbye();
        else socket.Abort();
    }

    public void Announce(Node from, ClosedLedger closed)
    {
        if (Streams.ContainsKey("ledger")) Post(SubscriptionCommands.LedgerMessage(from, closed));
        var all = Streams.TryGetValue("transactions", out var version);
        if (!all && Accounts.IsEmpty) return;
        foreach (var tx in closed.Transactions)
        {
            var mine = Accounts.IsEmpty ? default : Touched(tx).FirstOrDefault(Accounts.ContainsKey);
            if (!all && mine == default) continue;
            Post(SubscriptionCommands.TransactionMessage(closed, tx, all ? version : Accounts[mine]));
        }
    }

    private static IEnumerable<AccountId> Touched(ClosedTx tx) =>
        tx.Meta.Changes.Select(c => c.After ?? c.Before!).SelectMany(e => e is AccountRoot root ? [root.Account] : e.Owners)
            .Prepend(tx.Tx.Account);

    private void Post(JsonObject message)
    {
        if (!_out.Writer.TryWrite(RpcDoor.Serialize(message))) Abort();
    }

    private async Task Read(CancellationToken stop)
    {
        var buffer = new ArrayBufferWriter<byte>(8192);
        while (true)
        {
            var chunk = await socket.ReceiveAsync(buffer.GetMemory(4096), stop);
            if (chunk.MessageType == WebSocketMessageType.Close) return;
            buffer.Advance(chunk.Count);
            if (buffer.WrittenCount > MessageBytesMax) return;
            if (!chunk.EndOfMessage) continue;
            var answer = await RpcDoor.AnswerWebSocket(node, buffer.WrittenMemory, this, time, stop);
            buffer.ResetWrittenCount();
            if (answer is { } text) await _out.Writer.WriteAsync(text, stop);
            else return;
        }
    }

    private async Task SayGoodbye()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        try
        {
            // The client's own code comes back: xrpl.js takes any other for an accident and connects again.
            await socket.CloseOutputAsync(
                socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // Gone already.
        }
    }

    private async Task Write(CancellationToken stop)
    {
        try
        {
            await foreach (var text in _out.Reader.ReadAllAsync(stop))
                await socket.SendAsync(text, WebSocketMessageType.Text, true, stop);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            Abort();
        }
    }
}
