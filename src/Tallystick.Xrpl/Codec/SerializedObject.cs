using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>
/// Any serialised object of the ledger (transaction, metadata, ledger entry): its fields in canonical order with the
/// bytes of their values, so that what was read is written back to the bit. Immutable.
/// </summary>
/// <remarks>https://xrpl.org/docs/references/protocol/binary-format</remarks>
public sealed class SerializedObject
{
    /// <summary>Largest blob that is looked at; a transaction is refused by the network long before.</summary>
    public const int BytesMax = 1_000_000;

    private const int JsonDepthMax = 32;

    private static readonly JsonDocumentOptions JsonRules =
        new() { MaxDepth = JsonDepthMax, AllowDuplicateProperties = false };

    private readonly SerializedField[] _fields;

    private SerializedObject(SerializedField[] fields) => _fields = fields;

    /// <summary>The fields in canonical order.</summary>
    public ReadOnlySpan<SerializedField> FieldList => _fields;

    /// <summary>Reads a blob and checks all of it. The bytes are not copied: leave them alone afterwards.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and at which byte.</exception>
    public static SerializedObject Parse(ReadOnlyMemory<byte> blob)
    {
        if (blob.Length is 0 or > BytesMax)
        {
            throw new XrplFormatException($"{blob.Length} bytes, where 1 to {BytesMax} are possible", "blob");
        }

        var fields = new List<SerializedField>();
        var reader = new BlobReader(blob.Span);
        reader.ReadFields(end: null, inside: null, depth: 0, fields, blob);
        return new SerializedObject([.. fields]);
    }

    /// <summary>Reads a blob in hexadecimal.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and at which byte.</exception>
    public static SerializedObject ParseHex(string hex) => hex.Length <= 2 * BytesMax
        ? Parse(Hex.Read(hex, "blob"))
        : throw new XrplFormatException($"{hex.Length} digits, more than {2 * BytesMax}", "blob");

    /// <summary>As <see cref="Parse"/>, with the complaint as a text.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> blob, out SerializedObject? parsed, out string problem)
    {
        try
        {
            (parsed, problem) = (Parse(blob), "");
        }
        catch (XrplFormatException refused)
        {
            (parsed, problem) = (null, refused.Message);
        }

        return parsed is not null;
    }

    /// <summary>Takes fields in any order.</summary>
    /// <exception cref="XrplFormatException">A field stands twice.</exception>
    public static SerializedObject Of(params IEnumerable<SerializedField> fields)
    {
        var sorted = fields.OrderBy(static entry => entry.Field.Ordinal).ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Field == sorted[i - 1].Field)
            {
                throw new XrplFormatException("stands twice", sorted[i].Field.Name);
            }
        }

        return new SerializedObject(sorted);
    }

    /// <summary>
    /// Reads the JSON form. Members that start with a small letter (<c>hash</c>, <c>date</c>) are the server's notes
    /// and left out; a null is left out; any other unknown member is refused.
    /// </summary>
    /// <exception cref="XrplFormatException">Says what is wrong and in which member.</exception>
    public static SerializedObject FromJson(JsonObject json) =>
        new([.. ReadFields(TransactionJson.Normalise(json))]);

    /// <summary>As the other, from text. A member that stands twice is refused.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and in which member.</exception>
    public static SerializedObject FromJson(string json)
    {
        try
        {
            return FromJson(
                JsonNode.Parse(json, documentOptions: JsonRules) as JsonObject
                ?? throw new XrplFormatException("a JSON object is needed", ""));
        }
        catch (JsonException broken)
        {
            throw new XrplFormatException($"no valid JSON ({broken.Message})", "");
        }
    }

    /// <summary>The JSON form, as rippled and xrpl.js write it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (field, value) in _fields)
        {
            json[field.Name] = ValueJson.ToJson(field, value.Span);
        }

        return json;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>();
        WriteTo(bytes, signedOnly: false);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Whether the field is there.</summary>
    public bool Has(Field field) => Find(field) >= 0;

    /// <summary>The bytes of a field's value, or null.</summary>
    public ReadOnlyMemory<byte>? Value(Field field)
    {
        // Not as a conditional expression: there null would become an empty value.
        if (Find(field) is >= 0 and var at)
        {
            return _fields[at].Value;
        }

        return null;
    }

    /// <summary>A number of 8, 16 or 32 bits, or null.</summary>
    public uint? Number(Field field) => (field.Type, Value(field)) switch
    {
        (_, null) => null,
        (FieldType.UInt8, { } value) => value.Span[0],
        (FieldType.UInt16, { } value) => BinaryPrimitives.ReadUInt16BigEndian(value.Span),
        (FieldType.UInt32, { } value) => BinaryPrimitives.ReadUInt32BigEndian(value.Span),
        _ => throw new ArgumentException($"{field} is no number of up to 32 bits", nameof(field)),
    };

    /// <summary>An amount, or null.</summary>
    public Amount? Amount(Field field) =>
        Value(field) is { } value ? Xrpl.Amount.Read(value.Span, field.MayBeNegative) : null;

    /// <summary>An account, or null (also when the field is there but names none).</summary>
    public AccountId? Account(Field field) =>
        Value(field) is { Length: AccountId.Bytes } value ? new AccountId(value.Span) : null;

    /// <summary>A hash of 32 bytes, or null.</summary>
    public Hash256? Hash(Field field) => Value(field) is { Length: Hash256.Bytes } value ? new Hash256(value.Span) : null;

    /// <summary>A copy with this field set, from its JSON form.</summary>
    /// <exception cref="XrplFormatException">The value does not fit the field.</exception>
    public SerializedObject With(Field field, JsonNode value) =>
        With(field, ValueJson.Within(field.Name, () => ValueJson.FromJson(field, value)));

    /// <summary>A copy without this field.</summary>
    public SerializedObject Without(Field field) => new([.. _fields.Where(entry => entry.Field != field)]);

    internal SerializedObject With(Field field, ReadOnlyMemory<byte> value)
    {
        var at = Find(field);
        if (at >= 0)
        {
            var changed = _fields.AsSpan().ToArray();
            changed[at] = new SerializedField(field, value);
            return new SerializedObject(changed);
        }

        at = ~at;
        return new SerializedObject([.. _fields[..at], new SerializedField(field, value), .. _fields[at..]]);
    }

    internal void WriteTo(ArrayBufferWriter<byte> bytes, bool signedOnly)
    {
        foreach (var (field, value) in _fields)
        {
            if (field.IsSigned || !signedOnly)
            {
                BlobWriter.Write(bytes, field, value.Span);
            }
        }
    }

    internal static List<SerializedField> ReadFields(JsonObject json)
    {
        var fields = new List<SerializedField>(json.Count);
        foreach (var (name, node) in json)
        {
            var field = Fields.TryByName(name);
            if (node is null || (field is null && name is [>= 'a' and <= 'z', ..]))
            {
                continue;
            }

            if (field is null || field == Fields.ObjectEnd || field == Fields.ArrayEnd)
            {
                throw new XrplFormatException("no field of the ledger", name);
            }

            fields.Add(new SerializedField(field, ValueJson.Within(name, () => ValueJson.FromJson(field, node))));
        }

        fields.Sort(static (a, b) => a.Field.Ordinal.CompareTo(b.Field.Ordinal));
        return fields;
    }

    /// <summary>The JSON text.</summary>
    public override string ToString() => ToJson().ToJsonString();

    private int Find(Field field)
    {
        var (low, high) = (0, _fields.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = _fields[middle].Field.Ordinal.CompareTo(field.Ordinal);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
