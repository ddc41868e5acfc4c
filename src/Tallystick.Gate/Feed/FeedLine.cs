using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Spool;

namespace Tallystick.Gate.Feed;

/// <summary>An entry as text: its kind may be one that this gate does not know.</summary>
internal sealed record FeedLine(long Seq, string Kind, string Key, JsonNode? Body)
{
    /// <summary>No kind of the feed: a line of ours.</summary>
    public const string GenerationKind = "generation";

    /// <summary>The line that says what the numbers after it belong to.</summary>
    public static FeedLine OfGeneration(string generation) => new(0, GenerationKind, generation, null);

    /// <summary>The line of a file; null for one that is not whole. An earlier make wrote lines without a checksum.</summary>
    public static FeedLine? TryRead(string text)
    {
        const int digits = 8;
        var isChecked = text.Length > digits && text[digits] == ' ';
        var json = isChecked ? text[(digits + 1)..] : text;
        if (isChecked ? !text.StartsWith(Checksum(json), StringComparison.Ordinal) : !text.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return From(JsonNode.Parse(json));
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            // The second for a member that stands there twice.
            return null;
        }
    }

    /// <summary>The line of a file.</summary>
    public string ToText()
    {
        var json = ToJson().ToJsonString();
        return $"{Checksum(json)} {json}";
    }

    private static string Checksum(string json) =>
        SpoolFrame.Checksum(Encoding.UTF8.GetBytes(json), 0).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Null when the members that every entry has are not there.</summary>
    public static FeedLine? From(JsonNode? node)
    {
        if (node is not JsonObject entry || entry["seq"] is not JsonValue seq || !seq.TryGetValue<long>(out var number) ||
            entry["kind"] is not JsonValue kind || !kind.TryGetValue<string>(out var kindName) ||
            entry["key"] is not JsonValue key || !key.TryGetValue<string>(out var keyText))
        {
            return null;
        }

        var body = entry["body"];
        entry.Remove("body");
        return new FeedLine(number, kindName, keyText, body);
    }

    private JsonObject ToJson() => new()
    {
        ["seq"] = Seq,
        ["kind"] = Kind,
        ["key"] = Key,
        ["body"] = Body?.DeepClone(),
    };
}
