using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

/// <summary>One command for a rippled node, in the field names of rippled's public API.</summary>
/// <param name="Command">The command's name, for example <c>account_info</c>.</param>
/// <param name="Parameters">Its parameters, without <c>id</c>, <c>command</c> and <c>api_version</c>.</param>
/// <remarks>A request may be sent several times (fail-over, agreement): transports never change it.</remarks>
public sealed record NodeRequest(string Command, JsonObject Parameters)
{
    /// <summary>A command without parameters.</summary>
    public NodeRequest(string command) : this(command, [])
    {
    }

    /// <summary>The text of one WebSocket frame.</summary>
    /// <param name="id">The number that the answer carries back.</param>
    /// <param name="apiVersion">1 or 2.</param>
    public string ToWebSocketFrame(long id, int apiVersion)
    {
        var frame = (JsonObject)Parameters.DeepClone();
        frame["id"] = id;
        frame["command"] = Command;
        frame["api_version"] = apiVersion;
        return frame.ToJsonString();
    }

    /// <summary>The text of one JSON-RPC body.</summary>
    /// <param name="apiVersion">1 or 2.</param>
    public string ToJsonRpcBody(int apiVersion)
    {
        var parameters = (JsonObject)Parameters.DeepClone();
        parameters["api_version"] = apiVersion;
        return new JsonObject { ["method"] = Command, ["params"] = new JsonArray(parameters) }.ToJsonString();
    }
}
