using System.Text.Json.Nodes;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>
/// A stored object. Its fields are exactly those of its shape: a misspelt field throws instead of reaching the wire.
/// </summary>
internal class Resource(string id, string owner, long sequence, JsonObject fields)
{
    public string Id => id;

    /// <summary>The account whose object this is: the platform, or a connected account.</summary>
    public string Owner => owner;

    public long Sequence => sequence;

    public string Noun => Text("object")!;

    public long Created => Long("created");

    public JsonNode? this[string field]
    {
        get => fields.TryGetPropertyValue(field, out var value) ? value : throw Misspelt(field);
        set => fields[field] = fields.ContainsKey(field) ? value : throw Misspelt(field);
    }

    /// <summary>Sets a field that the wire shows only in some states; null takes it away again.</summary>
    public void Optional(string field, JsonNode? value)
    {
        if (value is null)
            fields.Remove(field);
        else
            fields[field] = value;
    }

    public bool Has(string field) => fields.ContainsKey(field);

    public string? Text(string field) => this[field]?.GetValue<string>();

    public long Long(string field) => this[field]!.GetValue<long>();

    public bool Flag(string field) => this[field]!.GetValue<bool>();

    public JsonObject Object(string field) => this[field]!.AsObject();

    public JsonObject Copy() => (JsonObject)fields.DeepClone();

    InvalidOperationException Misspelt(string field) => new($"'{id}' has no field '{field}'.");
}
