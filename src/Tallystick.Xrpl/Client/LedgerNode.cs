namespace Tallystick.Xrpl.Client;

/// <summary>One node as the client knows it: how to reach it, whether it is on our network, when it last failed.</summary>
internal sealed class LedgerNode(INodeTransport transport, uint networkId, TimeProvider time)
{
    private static readonly NodeRequest WhoAreYou = new("server_state");
    private volatile bool _networkChecked;
    private long _restsUntil;

    public INodeTransport Transport => transport;

    public bool Rests => time.GetTimestamp() < Volatile.Read(ref _restsUntil);

    /// <summary>Asks the node, after making sure once per healthy stretch that it is on our network: behind one
    /// address another server may stand after every loss.</summary>
    public async Task<NodeReply> Ask(NodeRequest request, TimeSpan rest, CancellationToken stop)
    {
        try
        {
            if (!_networkChecked)
            {
                var who = await transport.Ask(WhoAreYou, stop);
                if (who.Error is { } error) throw new NodeUnreachableException(transport.Name, error.Name);
                var state = who.Result.Object("state");
                var network = state.UInt32OrNull("network_id") ?? 0;
                if (network != networkId)
                    throw new NodeUnreachableException(
                        transport.Name, $"is on network {network}, network {networkId} is wanted");
                _networkChecked = true;
            }
            return await transport.Ask(request, stop);
        }
        catch (NodeUnreachableException)
        {
            Rest(rest);
            _networkChecked = false;
            throw;
        }
        catch (NodeProtocolException)
        {
            Rest(rest);
            throw;
        }
    }

    public void Rest(TimeSpan rest) => Volatile.Write(
        ref _restsUntil, time.GetTimestamp() + (long)(rest.Ticks * (Int128)time.TimestampFrequency / TimeSpan.TicksPerSecond));
}
