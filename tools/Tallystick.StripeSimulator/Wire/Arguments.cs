using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.StripeSimulator.Wire;

/// <summary>Typed reading of parameters that <see cref="Validation"/> has accepted.</summary>
internal sealed class Arguments(FormNode node)
{
    public bool Has(string name) => node.Children.ContainsKey(name);

    /// <summary>The text given, null when absent or unset by an empty string.</summary>
    public string? Text(string name) =>
        node.Children.TryGetValue(name, out var child) && child.Value is { Length: > 0 } value ? value : null;

    public string TextOf(string name) =>
        Text(name) ?? throw new InvalidOperationException($"'{name}' was not checked by a schema.");

    public long? Integer(string name) =>
        Text(name) is { } value ? long.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : null;

    public bool? Boolean(string name) => Text(name) is { } value ? value == "true" : null;

    public Arguments? Object(string name) =>
        node.Children.TryGetValue(name, out var child) && !child.IsScalar ? new Arguments(child) : null;

    public IEnumerable<Arguments> Objects(string name) =>
        node.Children.TryGetValue(name, out var child) ? child.Children.Values.Select(item => new Arguments(item)) : [];

    public string[] Texts(string name) =>
        node.Children.TryGetValue(name, out var child) ? [.. child.Children.Values.Select(item => item.Value ?? "")] : [];

    /// <summary>Applies <c>metadata[key]=value</c>: an empty value deletes the key, an empty parameter deletes all.</summary>
    public JsonObject Metadata(JsonObject? before = null, string name = "metadata")
    {
        var after = before is null ? new JsonObject() : (JsonObject)before.DeepClone();
        if (!node.Children.TryGetValue(name, out var child))
            return after;
        if (child.IsScalar)
            return [];
        foreach (var (key, value) in child.Children)
        {
            if (value.Value is { Length: > 0 } text)
                after[key] = text;
            else
                after.Remove(key);
        }

        return after;
    }

    /// <summary>Whether a time in seconds lies in a range filter; true when the filter is absent.</summary>
    public bool InRange(string name, long time)
    {
        if (!node.Children.TryGetValue(name, out var child))
            return true;
        if (child.Value is { } exact)
            return long.Parse(exact, CultureInfo.InvariantCulture) == time;
        return child.Children.All(bound =>
        {
            var limit = long.Parse(bound.Value.Value!, CultureInfo.InvariantCulture);
            return bound.Key switch
            {
                "gt" => time > limit,
                "gte" => time >= limit,
                "lt" => time < limit,
                _ => time <= limit,
            };
        });
    }
}
