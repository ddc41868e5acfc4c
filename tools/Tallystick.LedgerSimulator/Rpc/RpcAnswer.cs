using System.Text.Json.Nodes;

namespace Tallystick.LedgerSimulator.Rpc;

/// <summary>A refusal in rippled's words. Code 0: rippled gives none for this one.</summary>
internal sealed class RpcException(string error, int code, string message) : Exception(message)
{
    public string Error => error;

    public int Code => code;

    /// <summary>Said instead of code and message by the few refusals that come from an exception inside.</summary>
    public string? ErrorException { get; init; }

    /// <summary>For txnNotFound with a range: whether the whole range was searched.</summary>
    public bool? SearchedAll { get; init; }

    /// <summary>What was found out before it came to the refusal, and is told all the same.</summary>
    public JsonObject? Beside { get; init; }

    public static RpcException InvalidParams(string? message = null) => new("invalidParams", 31, message ?? "Invalid parameters.");

    public static RpcException Missing(string field) => InvalidParams($"Missing field '{field}'.");

    public static RpcException Invalid(string field, string? expected = null) =>
        InvalidParams(expected is null ? $"Invalid field '{field}'." : $"Invalid field '{field}', not {expected}.");

    public static RpcException NotSupported(string what) => new("notSupported", 75, $"The ledger simulator does not support {what}.");
}

/// <summary>What a command answers.</summary>
internal sealed record RpcAnswer(JsonObject Result)
{
    /// <summary>Warnings beside the result.</summary>
    public JsonArray? Warnings { get; init; }
}

/// <summary>A request's parameters, read as strictly as rippled reads them.</summary>
internal sealed class RpcRequest(JsonObject body, int apiVersion)
{
    public JsonObject Body => body;

    public int ApiVersion => apiVersion;

    public string? Text(string name) => body[name] is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;

    public bool Has(string name) => body.ContainsKey(name);

    public bool Flag(string name) => body[name] is JsonValue v && v.TryGetValue<bool>(out var flag) && flag;

    public uint? UInt32(string name)
    {
        if (body[name] is not JsonValue v) return null;
        if (v.TryGetValue<uint>(out var number)) return number;
        if (v.TryGetValue<string>(out var text) && uint.TryParse(text, System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out number))
            return number;
        // -1 means "whatever there is" in account_tx.
        return v.TryGetValue<long>(out var any) && any == -1 ? null : throw RpcException.Invalid(name);
    }

    /// <summary>How many are asked for, in the bounds of a public server.</summary>
    public int Limit(int most = 400, int least = 10)
    {
        if (!Has("limit")) return 200;
        return body["limit"] is JsonValue v && v.GetValueKind() == System.Text.Json.JsonValueKind.Number && v.TryGetValue<uint>(out var asked)
            ? (int)Math.Clamp(asked, least, most) : throw RpcException.Invalid("limit", "unsigned integer");
    }

    public AccountId Account(string name)
    {
        if (!Has(name)) throw RpcException.Missing(name);
        if (Text(name) is not { } text) throw RpcException.Invalid(name);
        return AccountId.TryParse(text, out var id, out _) ? id : throw new RpcException("actMalformed", 35, "Account malformed.");
    }

    /// <summary>An account that need not be named; an empty name is none.</summary>
    public AccountId? AccountIfNamed(string name) => Text(name) is { Length: > 0 } ? Account(name) : null;

    public Hash256 Hash(string name)
    {
        if (!Has(name)) throw RpcException.Missing(name);
        return Hash256.TryParse(Text(name), out var hash) ? hash : throw RpcException.Invalid(name);
    }
}
