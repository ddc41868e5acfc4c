using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Server.Foundation;

/// <summary>
/// JSON text as PostgreSQL can hold it. Its jsonb refuses an escaped NUL and halves of surrogate pairs, which other parties may
/// send in a field that nobody reads; each becomes U+FFFD, so that one such character does not make a row unwritable.
/// </summary>
internal static class StorableJson
{
    private const string Replacement = "\\ufffd";
    private const int EscapeLength = 6;

    /// <summary>A document of another party, to be stored.</summary>
    public static JsonNode? Parse(string json) => JsonNode.Parse(Of(json));

    public static string Of(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal))
        {
            return json;
        }

        var text = new System.Text.StringBuilder(json.Length);
        for (var at = 0; at < json.Length;)
        {
            if (json[at] != '\\')
            {
                text.Append(json[at++]);
                continue;
            }

            // Any other escape is two characters; taken as a pair, so that an escaped backslash begins nothing.
            var (length, whole) = Unit(json, at) switch
            {
                null => (2, true),
                0 => (EscapeLength, false),
                { } high when char.IsHighSurrogate((char)high) =>
                    Unit(json, at + EscapeLength) is { } low && char.IsLowSurrogate((char)low) ? (2 * EscapeLength, true) : (EscapeLength, false),
                { } unit => (EscapeLength, !char.IsLowSurrogate((char)unit)),
            };
            length = Math.Min(length, json.Length - at);
            text.Append(whole ? json.AsSpan(at, length) : Replacement);
            at += length;
        }

        return text.ToString();
    }

    /// <summary>The code unit of an escape <c>\uXXXX</c> that begins here; null when none does.</summary>
    private static int? Unit(string json, int at) =>
        at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u' &&
        int.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? unit
            : null;
}
