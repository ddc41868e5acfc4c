using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Tallystick.LedgerSimulator.Rpc;
using Tallystick.Xrpl.Client;

namespace Tallystick.Xrpl.Tests.Submission;

/// <summary>A way to a node in this process that loses requests and answers, lies about lookups and closes ledgers
/// in between, as a seed decides.</summary>
internal sealed class ChaosTransport(Node node, Random random, int lossPercent) : INodeTransport
{
    private long _id;

    public string Name => node.Name;

    public int ApiVersion => 2;

    public ChannelReader<JsonElement>? Messages => null;

    /// <summary>Says "not found" of everything, without having searched (searched_all stays false).</summary>
    public bool Forgetful { get; set; }

    /// <summary>Asked for every command before it is answered.</summary>
    public Action<string>? OnAsk { get; set; }

    /// <summary>Tells every answer in its own way.</summary>
    public Func<string, JsonObject, JsonObject> Tell { get; set; } = (_, answer) => answer;

    public Task<NodeReply> Ask(NodeRequest request, CancellationToken stop)
    {
        OnAsk?.Invoke(request.Command);
        if (random.Next(100) < lossPercent) throw new NodeUnreachableException(Name, "the request was lost");
        var frame = (JsonObject)JsonNode.Parse(request.ToWebSocketFrame(++_id, 2))!;
        JsonObject answer;
        if (Forgetful && request.Command == "tx")
            answer = new JsonObject { ["error"] = "txnNotFound", ["error_code"] = 29, ["searched_all"] = false };
        else
            answer = RpcDoor.AnswerWebSocket(node, frame, request.Command, 2, null);
        if (random.Next(100) < lossPercent) throw new NodeUnreachableException(Name, "the answer was lost");
        using var text = JsonDocument.Parse(Tell(request.Command, answer).ToJsonString());
        return Task.FromResult(NodeReply.Read(text.RootElement.Clone()));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
