using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Core.Json;

/// <summary>
/// JSON Canonicalization Scheme (RFC 8785) for the values we sign: objects, arrays, strings, booleans, null and whole
/// numbers within ±2^53. A number with a fraction or beyond that range is refused: two readers could disagree on it.
/// </summary>
public static class CanonicalJson
{
    private const long LargestExact = 1L << 53;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The canonical UTF-8 bytes.</summary>
    public static byte[] Bytes(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return Utf8.GetBytes(text.ToString());
    }

    /// <summary>SHA-256 of the canonical bytes, unpadded base64url.</summary>
    public static string Sha256Base64Url(JsonNode? node) => Base64Url.EncodeToString(SHA256.HashData(Bytes(node)));

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                WriteObject(text, members);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(text, items[i]);
                }

                text.Append(']');
                break;
            case null:
                text.Append("null");
                break;
            default:
                WriteValue(text, node.AsValue());
                break;
        }
    }

    private static void WriteObject(StringBuilder text, JsonObject members)
    {
        // RFC 8785, 3.2.3: names sorted by UTF-16 code units, which is what ordinal comparison of .NET strings is.
        text.Append('{');
        var first = true;
        foreach (var (name, value) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            text.Append(first ? "" : ",");
            first = false;
            WriteString(text, name);
            text.Append(':');
            Write(text, value);
        }

        text.Append('}');
    }

    private static void WriteValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteString(text, value.Deserialize<string>()!);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                text.Append(value.GetValueKind() == JsonValueKind.True ? "true" : "false");
                break;
            case JsonValueKind.Number when long.TryParse(
                value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) &&
                number is <= LargestExact and >= -LargestExact:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                throw new FormatException($"Only whole numbers within ±2^53 can be signed, not {value.ToJsonString()}.");
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        // RFC 8785, 3.2.2.2: two-character escapes where JSON has them, \u00xx for other controls, all else as it is.
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
