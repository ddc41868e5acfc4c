using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

/// <summary>
/// Tells followers that a ledger may have closed. Only a hint: followers ask for what they miss by number, so a
/// lost, late or invented message costs one look-up and never a ledger.
/// </summary>
internal sealed class LedgerPulse(IReadOnlyList<INodeTransport> transports, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _state = new();
    private TaskCompletionSource _next = NewSignal();
    private Task[]? _pumps;

    /// <summary>Waits for the next hint, or for <paramref name="longest"/>.</summary>
    public async Task Wait(TimeSpan longest, CancellationToken stop)
    {
        Start();
        Task next;
        lock (_state) next = _next.Task;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(next, Task.Delay(longest, time, timer.Token));
        await timer.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_pumps is not null) await Task.WhenAll(_pumps);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Start()
    {
        lock (_state)
            _pumps ??= [.. transports.Where(t => t.Messages is not null).Select(t => Task.Run(() => Pump(t, _stop.Token)))];
    }

    private async Task Pump(INodeTransport transport, CancellationToken stop)
    {
        try
        {
            try
            {
                // A transport remembers a subscription and repeats it on every new connection.
                await transport.Ask(new("subscribe", new JsonObject { ["streams"] = new JsonArray("ledger") }), stop);
            }
            catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException)
            {
                // It will be made when the node comes back; until then followers poll.
            }
            await foreach (var message in transport.Messages!.ReadAllAsync(stop))
                if (message.TextOrNull("type") == "ledgerClosed") Fire();
        }
        catch (OperationCanceledException)
        {
            // The client is being disposed.
        }
    }

    private void Fire()
    {
        TaskCompletionSource fired;
        lock (_state) (fired, _next) = (_next, NewSignal());
        fired.TrySetResult();
    }
}
