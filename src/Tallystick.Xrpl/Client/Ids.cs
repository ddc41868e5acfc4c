using System.Text.Json;

namespace Tallystick.Xrpl.Client;

/// <summary>Ids out of answers: a node's mistake becomes a protocol error, never another exception.</summary>
internal static class Ids
{
    public static Hash256 Hash(string text) =>
        Hash256.TryParse(text, out var hash) ? hash : throw new NodeProtocolException("not a 256-bit hash");

    public static AccountId Account(string text) =>
        AccountId.TryParse(text, out var id, out _) ? id : throw new NodeProtocolException("not an address");
}

internal static class Amounts
{
    /// <summary>Drops as rippled writes them: a text of digits, or (server_state) a number.</summary>
    public static Drops Drops(JsonElement? parent, string name)
    {
        if (parent is not { ValueKind: JsonValueKind.Object } e || !e.TryGetProperty(name, out var v))
            throw new NodeProtocolException($"{name}: drops are missing");
        if (v.ValueKind == JsonValueKind.Number && v.TryGetUInt64(out var number)) return new(number);
        return v.ValueKind == JsonValueKind.String && Xrpl.Drops.TryParse(v.GetString(), out var drops)
            ? drops : throw new NodeProtocolException($"{name}: not drops");
    }
}
