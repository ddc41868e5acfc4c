using System.Text.Json.Nodes;

namespace Tallystick.Xrpl;

/// <summary>Members of JSON objects, with the member's name in every complaint.</summary>
internal static class JsonText
{
    public static string Of(JsonObject json, string member) =>
        json.TryGetPropertyValue(member, out var node) && node is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : throw new XrplFormatException("a text is needed", member);

    public static string Of(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : throw new XrplFormatException("a text is needed", "");

    /// <summary>A classic address, an X-address without tag, or 40 hexadecimal digits.</summary>
    public static AccountId Account(string text)
    {
        Span<byte> id = stackalloc byte[AccountId.Bytes];
        if (text.Length == 2 * AccountId.Bytes && Hex.TryRead(text, id))
        {
            return new AccountId(id);
        }

        if (text is ['X' or 'T', ..])
        {
            var address = XAddress.Parse(text);
            return address.Tag is null
                ? address.Account
                : throw new XrplFormatException("an X-address with a tag fits only Account and Destination", "");
        }

        return AccountId.Parse(text);
    }
}
