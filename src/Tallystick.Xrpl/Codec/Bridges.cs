using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>A bridge between two ledgers (XLS-38): a door account and an asset on each side.</summary>
internal static class Bridges
{
    private static readonly (string Door, string Issue)[] Sides =
        [("LockingChainDoor", "LockingChainIssue"), ("IssuingChainDoor", "IssuingChainIssue")];

    public static JsonObject ToJson(ReadOnlySpan<byte> bytes)
    {
        var json = new JsonObject();
        foreach (var (door, issue) in Sides)
        {
            json[door] = new AccountId(bytes.Slice(1, AccountId.Bytes)).ToString();
            bytes = bytes[(1 + AccountId.Bytes)..];
            var length = IssueLength(bytes);
            json[issue] = Issues.ToJson(bytes[..length]);
            bytes = bytes[length..];
        }

        return json;
    }

    public static byte[] FromJson(JsonNode? node)
    {
        var bridge = node is JsonObject { Count: 4 } json
            ? json
            : throw new XrplFormatException("a bridge has two doors and two issues", "");
        var bytes = new List<byte>();
        var account = new byte[AccountId.Bytes];
        foreach (var (door, issue) in Sides)
        {
            ValueJson.Within(door, () => JsonText.Account(JsonText.Of(bridge[door]))).CopyTo(account);
            bytes.Add(AccountId.Bytes);
            bytes.AddRange(account);
            bytes.AddRange(ValueJson.Within(issue, () => Issues.FromJson(bridge[issue])));
        }

        return [.. bytes];
    }

    private static int IssueLength(ReadOnlySpan<byte> bytes)
    {
        if (!bytes[..CurrencyCode.Bytes].ContainsAnyExcept((byte)0))
        {
            return CurrencyCode.Bytes;
        }

        var both = CurrencyCode.Bytes + AccountId.Bytes;
        return bytes[CurrencyCode.Bytes..both].SequenceEqual(Issues.TokenMark) ? both + sizeof(uint) : both;
    }
}
