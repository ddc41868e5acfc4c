using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>Liberties that the JSON of a transaction may take before it becomes fields.</summary>
internal static class TransactionJson
{
    private static readonly (Field Account, Field Tag)[] TaggedAccounts =
        [(Fields.Account, Fields.SourceTag), (Fields.Destination, Fields.DestinationTag)];

    /// <summary>
    /// An X-address in Account or Destination becomes a classic address and its tag; DeliverMax, as version 2 of the
    /// API calls it, becomes Amount again; UNLModify has no account although JSON shows one.
    /// </summary>
    public static JsonObject Normalise(JsonObject json)
    {
        var isUnlModify = IsText(json, Fields.TransactionType.Name, out var type) && type == "UNLModify";
        if (!isUnlModify && !json.ContainsKey("DeliverMax") && !Array.Exists(TaggedAccounts, pair => HasXAddress(json, pair.Account)))
        {
            return json;
        }

        var normal = (JsonObject)json.DeepClone();
        foreach (var (account, tag) in TaggedAccounts.Where(pair => HasXAddress(json, pair.Account)))
        {
            var address = ValueJson.Within(account.Name, () => XAddress.Parse(JsonText.Of(normal[account.Name])));
            normal[account.Name] = address.Account.ToString();
            if (address.Tag is { } number)
            {
                // Beside the address the tag may be told once more, but not otherwise.
                normal[tag.Name] = normal.ContainsKey(tag.Name) && !IsNumber(normal[tag.Name], number)
                    ? throw new XrplFormatException("given beside an X-address that carries another tag", tag.Name)
                    : number;
            }
        }

        if (isUnlModify && normal.ContainsKey(Fields.Account.Name))
        {
            normal[Fields.Account.Name] = "";
        }

        if (normal.ContainsKey("DeliverMax"))
        {
            var most = normal["DeliverMax"]?.DeepClone();
            if (normal[Fields.Amount.Name] is { } amount && !JsonNode.DeepEquals(amount, most))
            {
                throw new XrplFormatException("differs from Amount, which it is another name of", "DeliverMax");
            }

            normal.Remove("DeliverMax");
            normal[Fields.Amount.Name] = most;
        }

        return normal;
    }

    private static bool HasXAddress(JsonObject json, Field account) =>
        IsText(json, account.Name, out var text) && text is ['X' or 'T', ..];

    private static bool IsNumber(JsonNode? node, uint number) =>
        node is JsonValue && node.ToString() == number.ToString(CultureInfo.InvariantCulture);

    private static bool IsText(JsonObject json, string member, out string text)
    {
        text = "";
        return json[member] is JsonValue value && value.TryGetValue(out text!);
    }
}
