using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tallystick.Core.Ids;
using Tallystick.Core.Amounts;

namespace Tallystick.Core.Json;

/// <summary>The one set of JSON rules for every wire of ours: snake case, typed ids and currencies as strings.</summary>
public static class TallyJson
{
    /// <summary>Read-only; unknown members are refused by default, so that a misspelt field is an error, not a silence.</summary>
    public static JsonSerializerOptions Options { get; } = Sealed();

    /// <summary>Sets these rules on options owned by a host.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = 32;
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new TypedIdConverterFactory());
        options.Converters.Add(new ParsableConverter<Currency>("Expected a currency by its three letters (ISO 4217)."));
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    /// <summary>A value as a JSON tree under these rules.</summary>
    public static JsonNode ToNode<T>(T value) =>
        JsonSerializer.SerializeToNode(value, Options) ?? throw new ArgumentNullException(nameof(value));

    private static JsonSerializerOptions Sealed()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Instants.HasOffset(reader.GetString()) &&
            reader.TryGetDateTimeOffset(out var instant)
                ? instant
                : throw new JsonException($"Expected: {Instants.Expected}");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value);
    }

    private sealed class TypedIdConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => Array.Exists(
            typeToConvert.GetInterfaces(),
            i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITypedId<>));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(
                typeof(ParsableConverter<>).MakeGenericType(typeToConvert),
                $"Expected an id that begins with {typeToConvert.GetProperty(nameof(ITypedId<WorkId>.Prefix))!.GetValue(null)}_.")!;
    }

    private sealed class ParsableConverter<T>(string expected) : JsonConverter<T>
        where T : struct, IParsable<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), null, out var value)
                ? value
                : throw new JsonException(expected);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Read(ref reader, typeToConvert, options);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.ToString()!);
    }
}
