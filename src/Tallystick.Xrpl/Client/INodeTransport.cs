using System.Text.Json;
using System.Threading.Channels;

namespace Tallystick.Xrpl.Client;

/// <summary>A way to one node: <see cref="WebSocketTransport"/> or <see cref="JsonRpcTransport"/>.</summary>
public interface INodeTransport : IAsyncDisposable
{
    /// <summary>The node's address, for messages.</summary>
    string Name { get; }

    /// <summary>1 or 2.</summary>
    int ApiVersion { get; }

    /// <summary>Messages of subscriptions (ledgerClosed, transaction), or null when the way has none.</summary>
    ChannelReader<JsonElement>? Messages { get; }

    /// <summary>Asks and waits for the answer.</summary>
    /// <exception cref="NodeUnreachableException">No answer: whether the node acted is unknown.</exception>
    /// <exception cref="NodeProtocolException">The answer is not one.</exception>
    Task<NodeReply> Ask(NodeRequest request, CancellationToken stop);
}
