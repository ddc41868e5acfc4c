using System.Text.Json;

namespace Tallystick.Xrpl.Client;

/// <summary>What a node answered: a result or an error, never both.</summary>
/// <param name="Result">The result object; undefined when <paramref name="Error"/> is set.</param>
/// <param name="Error">Why the node refused, or null.</param>
/// <param name="WarningIds">Ids of the warnings that came with the answer (2001: partial payment).</param>
public sealed record NodeReply(JsonElement Result, NodeError? Error, IReadOnlyList<int> WarningIds)
{
    /// <summary>True only when the answer says that it comes from a validated ledger.</summary>
    public bool Validated =>
        Error is null && Result.TryGetProperty("validated", out var v) && v.ValueKind == JsonValueKind.True;

    /// <summary>Reads the answer of a WebSocket (result beside status) or of JSON-RPC (status in the result).</summary>
    /// <exception cref="NodeProtocolException">The text is no answer of a node.</exception>
    public static NodeReply Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new NodeProtocolException("an answer is a JSON object");
        if (message.TryGetProperty("error", out _))
            return new(default, NodeError.Read(message), Warnings(message));
        if (!message.TryGetProperty("result", out var result) || result.ValueKind != JsonValueKind.Object)
            throw new NodeProtocolException("an answer has a result or an error");
        return result.TryGetProperty("error", out _)
            ? new(default, NodeError.Read(result), Warnings(message))
            : new(result, null, Warnings(message));
    }

    private static int[] Warnings(JsonElement message) =>
        message.TryGetProperty("warnings", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(w => w.ValueKind == JsonValueKind.Object && w.TryGetProperty("id", out _))
                .Select(w => w.GetProperty("id").TryGetInt32(out var id) ? id : 0)]
            : [];
}

/// <summary>A refusal by a node (rippled's universal and per-command errors).</summary>
/// <param name="Name">For example <c>actNotFound</c>, <c>txnNotFound</c>, <c>lgrNotFound</c>.</param>
/// <param name="Message">The node's words; for people only.</param>
/// <param name="SearchedAll">For <c>txnNotFound</c>: the node holds every ledger of the asked range, and the
/// transaction is in none. False also when the node did not say.</param>
public sealed record NodeError(string Name, string Message, bool SearchedAll)
{
    /// <summary>The node may answer another time or another node may: the question itself is not at fault.</summary>
    public bool IsTransient => Name is "noNetwork" or "noCurrent" or "noClosed" or "tooBusy" or "slowDown"
        or "amendmentBlocked" or "failedToForward" or "notReady" or "highFee" or "internal" or "jsonInvalid";

    internal static NodeError Read(JsonElement e) => new(
        e.GetProperty("error").ToString(),
        Text(e, "error_message") ?? Text(e, "error_exception") ?? "",
        e.TryGetProperty("searched_all", out var all) && all.ValueKind == JsonValueKind.True);

    private static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
}

/// <summary>A node could not be reached or did not answer in time. Whether it acted on the request is unknown.</summary>
public sealed class NodeUnreachableException(string node, string why, Exception? inner = null)
    : Exception($"{node}: {why}", inner);

/// <summary>A node answered something that its protocol does not allow, or an unvalidated answer where only a
/// validated one counts.</summary>
public sealed class NodeProtocolException(string why) : Exception(why);

/// <summary>A node refused a request that the caller expected to succeed.</summary>
public sealed class NodeRefusedException(NodeError error) : Exception($"{error.Name}: {error.Message}")
{
    /// <summary>The refusal.</summary>
    public NodeError Error { get; } = error;
}

/// <summary>Too few nodes gave the same validated answer: one of them lies, lags or is on a fork.</summary>
public sealed class NodesDisagreeException(string question, int needed, int agreed, int asked)
    : Exception($"{question}: {needed} equal validated answers needed, {agreed} of {asked} nodes agreed")
{
    /// <summary>The size of the largest group of equal answers.</summary>
    public int Agreed { get; } = agreed;
}
