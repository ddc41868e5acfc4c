using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

/// <summary>
/// A view of one XRP Ledger network through one or several nodes. Questions about validated ledgers are put to
/// several nodes and answered only when <see cref="LedgerClientOptions.NodesAgreeing"/> of them say the same;
/// everything else goes to one node and on to the next when that fails.
/// </summary>
public sealed partial class LedgerClient : IAsyncDisposable
{
    private readonly LedgerNode[] _nodes;
    private readonly LedgerClientOptions _options;
    private readonly LedgerPulse _pulse;

    /// <summary>Takes over the transports and disposes them.</summary>
    /// <param name="transports">One per node; two ways to the same node would count as two voices.</param>
    /// <param name="options">Whom to believe.</param>
    /// <param name="time">Clock of rests and polling.</param>
    /// <exception cref="ArgumentException">No node, or more agreement wanted than there are nodes.</exception>
    public LedgerClient(IReadOnlyList<INodeTransport> transports, LedgerClientOptions options, TimeProvider time)
    {
        options.Validate(transports.Count);
        _options = options;
        _pulse = new LedgerPulse(transports, time);
        _nodes = [.. transports.Select(t => new LedgerNode(t, options.NetworkId, time))];
    }

    /// <summary>The raw door: any command, to the first node that answers. Nothing is checked beyond the network.
    /// </summary>
    /// <returns>The answer, which may be a refusal; unvalidated unless it says otherwise.</returns>
    /// <exception cref="NodeUnreachableException">No node answered; whether one acted is unknown.</exception>
    public Task<NodeReply> Ask(NodeRequest request, CancellationToken stop) => AskAny(request, stop);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _pulse.DisposeAsync();
        foreach (var node in _nodes) await node.Transport.DisposeAsync();
    }

    private async Task<NodeReply> AskAny(NodeRequest request, CancellationToken stop)
    {
        Exception? last = null;
        foreach (var node in _nodes.OrderBy(n => n.Rests))
        {
            try
            {
                var reply = await node.Ask(request, _options.NodeRest, stop);
                if (reply.Error is not { IsTransient: true }) return reply;
                last = new NodeUnreachableException(node.Transport.Name, reply.Error.Name);
                node.Rest(_options.NodeRest);
            }
            catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException)
            {
                last = e;
            }
        }
        throw last as NodeUnreachableException
            ?? new NodeUnreachableException("every node", last?.Message ?? "none answered", last);
    }

    /// <summary>Asks all nodes and returns the answer that enough of them share.</summary>
    /// <param name="question">For the message of a disagreement.</param>
    /// <param name="ask">Puts the question to one node; null abstains (no answer counts for nothing).</param>
    /// <param name="key">What must be equal; defaults to the answer itself.</param>
    /// <param name="stop">Gives up.</param>
    private async Task<T> AskAgreed<T>(
        string question, Func<LedgerNode, CancellationToken, Task<T?>> ask, Func<T, object> key, CancellationToken stop)
        where T : class
    {
        Exception? failure = null;
        var votes = new Dictionary<object, (T Answer, int Count)>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var waiting = new Queue<LedgerNode>(_nodes.OrderBy(n => n.Rests));
        var open = new List<Task<(T? Answer, Exception? Error)>>();
        var best = 0;
        while (true)
        {
            // As many nodes as are still needed, and another one for each that failed or dissented.
            while (open.Count + best < _options.NodesAgreeing && waiting.TryDequeue(out var node))
                open.Add(Vote(node, enough.Token));
            if (open.Count == 0) break;
            var done = await Task.WhenAny(open);
            open.Remove(done);
            var (answer, error) = await done;
            failure = error ?? failure;
            if (answer is null) continue;
            var count = votes.TryGetValue(key(answer), out var seen) ? seen.Count + 1 : 1;
            votes[key(answer)] = (answer, count);
            best = Math.Max(best, count);
            if (count < _options.NodesAgreeing) continue;
            await enough.CancelAsync();
            await Task.WhenAll(open);
            return answer;
        }
        stop.ThrowIfCancellationRequested();
        // Where nobody contradicts it is not that nodes disagree: too few of them answered.
        if (votes.Count <= 1 && failure is not null) throw failure;
        throw new NodesDisagreeException(question, _options.NodesAgreeing, best, _nodes.Length);

        async Task<(T? Answer, Exception? Error)> Vote(LedgerNode node, CancellationToken give)
        {
            try
            {
                return (await ask(node, give), null);
            }
            catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException or NodeRefusedException
                or OperationCanceledException)
            {
                return (null, e);
            }
        }
    }

    private async Task<NodeReply> AskNode(LedgerNode node, NodeRequest request, CancellationToken stop)
    {
        var reply = await node.Ask(request, _options.NodeRest, stop);
        if (reply.Error is { IsTransient: true } error) throw new NodeUnreachableException(node.Transport.Name, error.Name);
        return reply;
    }

    private static JsonObject With(JsonObject parameters, LedgerSelector ledger)
    {
        parameters["ledger_index"] = ledger.ToJson();
        return parameters;
    }
}
