using System.Text.Json;
using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>An object of Stripe's as it was answered. Fields we do not read may come and go.</summary>
internal readonly record struct StripeObject(JsonElement Json)
{
    public string Id => Text("id") ?? throw new FormatException("An object of the gateway has no id.");

    public static StripeObject Parse(string json)
    {
        using var document = JsonDocument.Parse(StorableJson.Of(json));
        return new StripeObject(document.RootElement.Clone());
    }

    /// <summary>Text that can be stored and compared: a NUL or half a surrogate pair is no name of anything.</summary>
    public string? Text(string name)
    {
        if (Member(name) is not { ValueKind: JsonValueKind.String } value)
        {
            return null;
        }

        try
        {
            return value.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal)
                ? text
                : throw new FormatException($"The gateway's '{name}' holds a NUL.");
        }
        catch (InvalidOperationException half)
        {
            throw new FormatException($"The gateway's '{name}' is not whole Unicode text.", half);
        }
    }

    public long Long(string name) => Member(name) is { ValueKind: JsonValueKind.Number } value
        ? value.GetInt64()
        : throw new FormatException($"The gateway's '{name}' is not a whole number.");

    /// <summary>A number as it is written, for what must not become a float; null when there is none.</summary>
    public string? Number(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetRawText() : null;

    /// <summary>An amount in its currency, which are two members; null when the currency is not one of ours.</summary>
    public Money? Amount(string name) => Currency.TryParse(Text("currency")?.ToUpperInvariant(), null, out var currency)
        ? new Money(Long(name), currency)
        : null;

    public bool Flag(string name) => Member(name) is { ValueKind: JsonValueKind.True };

    public DateTimeOffset Time(string name) => DateTimeOffset.FromUnixTimeSeconds(Long(name));

    /// <summary>A nested or expanded object; null when it is absent, null, or only an id.</summary>
    public StripeObject? Object(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Object } value ? new StripeObject(value) : null;

    /// <summary>The id of a reference, expanded or not.</summary>
    public string? Reference(string name) => Object(name)?.Id ?? Text(name);

    /// <summary>Items of an array, or of a list object.</summary>
    public IEnumerable<StripeObject> Items(string name) => Member(name) switch
    {
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().Select(i => new StripeObject(i)),
        { ValueKind: JsonValueKind.Object } list => new StripeObject(list).Items("data"),
        _ => [],
    };

    private JsonElement? Member(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value : null;
}
