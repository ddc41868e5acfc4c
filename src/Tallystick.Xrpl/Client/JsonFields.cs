using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tallystick.Xrpl.Client;

/// <summary>Reading of answers that may be wrong in every way: absent and ill-typed fields are named, not guessed.</summary>
internal static class JsonFields
{
    /// <summary>The same text for the same value: nodes differ in the order of members and in white space.</summary>
    public static string Canonical(this JsonElement e)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text)) Write(writer, e);
        return Encoding.UTF8.GetString(text.WrittenSpan);

        static void Write(Utf8JsonWriter writer, JsonElement e)
        {
            switch (e.ValueKind)
            {
                case JsonValueKind.Object:
                    writer.WriteStartObject();
                    foreach (var member in e.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                    {
                        writer.WritePropertyName(member.Name);
                        Write(writer, member.Value);
                    }
                    writer.WriteEndObject();
                    break;
                case JsonValueKind.Array:
                    writer.WriteStartArray();
                    foreach (var item in e.EnumerateArray()) Write(writer, item);
                    writer.WriteEndArray();
                    break;
                default:
                    e.WriteTo(writer);
                    break;
            }
        }
    }

    public static bool TryGetInt64Safe(this JsonElement e, out long value)
    {
        value = 0;
        return e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out value);
    }

    public static JsonElement Object(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Object
            ? v
            : throw new NodeProtocolException($"{name}: an object is missing");

    public static JsonElement? ObjectOrNull(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Object
            ? v
            : null;

    public static JsonElement Array(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Array
            ? v
            : throw new NodeProtocolException($"{name}: a list is missing");

    public static string Text(this JsonElement e, string name) =>
        e.TextOrNull(name) ?? throw new NodeProtocolException($"{name}: a text is missing");

    public static string? TextOrNull(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String
            ? v.GetString()
            : null;

    public static bool Flag(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.True;

    public static uint UInt32(this JsonElement e, string name) =>
        e.UInt32OrNull(name) ?? throw new NodeProtocolException($"{name}: a number from 0 to 4294967295 is missing");

    /// <summary>A number, or a text of digits: API v1 and v2 differ in places (ledger_index of `ledger`).</summary>
    public static uint? UInt32OrNull(this JsonElement e, string name)
    {
        if (e.ValueKind != JsonValueKind.Object || !e.TryGetProperty(name, out var v)) return null;
        if (v.ValueKind == JsonValueKind.Number && v.TryGetUInt32(out var number)) return number;
        return v.ValueKind == JsonValueKind.String
            && uint.TryParse(v.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number : null;
    }
}
