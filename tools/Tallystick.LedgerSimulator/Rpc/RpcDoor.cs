using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>Requests in, answers out, in the two envelopes: WebSocket and JSON-RPC.</summary>
internal static class RpcDoor
{
    private const int ApiVersionDefault = 1;
    private const int ApiVersionNewest = 2;

    /// <summary>The answer to a frame; null when the node drops the connection instead.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> AnswerWebSocket(
        Node node, ReadOnlyMemory<byte> frame, Session session, TimeProvider time, CancellationToken stop)
    {
        if (JsonNode.Parse(frame.Span) is not JsonObject body) throw new JsonException("not an object");
        var command = body["command"] is JsonValue v && v.TryGetValue<string>(out var name) ? name : null;
        var version = Version(body);
        if (node.Faults.DownUntil > node.Now) return null;
        if (node.Faults.Delay > TimeSpan.Zero) await Task.Delay(node.Faults.Delay, time, stop);
        var drop = node.Faults.TakeDrop(command ?? "");
        if (drop == false) return null;
        var answer = AnswerWebSocket(node, body, command, version, session);
        return drop == true ? null : Serialize(answer);
    }

    /// <summary>The same without faults of the connection: also the way in for tests in the same process.</summary>
    public static JsonObject AnswerWebSocket(Node node, JsonObject body, string? command, int version, Session? session)
    {
        JsonObject envelope;
        try
        {
            var answer = Run(node, body, command, version, session);
            envelope = new JsonObject { ["result"] = answer.Result, ["status"] = "success", ["type"] = "response" };
            if (answer.Warnings is not null) envelope["warnings"] = answer.Warnings;
        }
        catch (RpcException e)
        {
            envelope = Error(e, body);
            envelope["type"] = "response";
        }
        if (body["id"] is { } id) envelope["id"] = id.DeepClone();
        if (body.ContainsKey("api_version")) envelope["api_version"] = version;
        return envelope;
    }

    /// <summary>The answer to a JSON-RPC body.</summary>
    public static JsonObject AnswerJsonRpc(Node node, JsonObject body)
    {
        var command = body["method"] is JsonValue v && v.TryGetValue<string>(out var name) ? name : null;
        var parameters = body["params"] is JsonArray { Count: > 0 } list && list[0] is JsonObject first ? first : [];
        try
        {
            var answer = Run(node, parameters, command, Version(parameters), null);
            answer.Result["status"] = "success";
            var envelope = new JsonObject { ["result"] = answer.Result };
            if (answer.Warnings is not null) envelope["warnings"] = answer.Warnings;
            return envelope;
        }
        catch (RpcException e)
        {
            var told = (JsonObject)parameters.DeepClone();
            told["command"] = command;
            return new() { ["result"] = Error(e, told) };
        }
    }

    public static ReadOnlyMemory<byte> Serialize(JsonObject json)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer)) json.WriteTo(writer);
        return buffer.WrittenMemory;
    }

    private static RpcAnswer Run(Node node, JsonObject body, string? command, int version, Session? session)
    {
        if (command is null) throw new RpcException("missingCommand", 47, "Missing command entry.");
        if (version is < 1 or > ApiVersionNewest) throw new RpcException("invalid_API_version", 4, "Invalid API version.");
        return node.Answer(new RpcRequest(body, version), command, session);
    }

    private static JsonObject Error(RpcException e, JsonObject request)
    {
        var error = new JsonObject { ["error"] = e.Error, ["status"] = "error", ["request"] = request.DeepClone() };
        if (e.ErrorException is not null) error["error_exception"] = e.ErrorException;
        else (error["error_code"], error["error_message"]) = (e.Code, e.Message);
        if (e.SearchedAll is { } all) error["searched_all"] = all;
        foreach (var (name, value) in e.Beside ?? []) error[name] = value?.DeepClone();
        return error;
    }

    private static int Version(JsonObject body)
    {
        if (!body.ContainsKey("api_version")) return ApiVersionDefault;
        return body["api_version"] is JsonValue v && v.TryGetValue<int>(out var version) ? version : 0;
    }
}
