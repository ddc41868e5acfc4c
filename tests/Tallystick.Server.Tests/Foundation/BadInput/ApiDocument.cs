using System.Text.Json.Nodes;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>What the server says of itself in <c>/openapi/v1.json</c>, so that a route is tested because it exists.</summary>
internal sealed class ApiDocument(JsonObject root)
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head"];

    public JsonObject Root => root;

    public IReadOnlyList<Operation> Operations { get; } =
    [
        .. root["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Where(item => Methods.Contains(item.Key))
            .Select(item => new Operation(path.Key, item.Key.ToUpperInvariant(), item.Value!.AsObject()))),
    ];

    public static async Task<ApiDocument> Of(TestServer server)
    {
        using var client = server.Client();
        return new(await client.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken).Json());
    }

    /// <summary>The schema behind a reference; a schema without one is itself.</summary>
    public JsonObject Resolve(JsonNode? schema)
    {
        var found = schema as JsonObject ?? [];
        while ((string?)found["$ref"] is { } reference)
        {
            var at = (JsonNode)root;
            foreach (var part in reference.TrimStart('#', '/').Split('/'))
            {
                at = at[part.Replace("~1", "/", StringComparison.Ordinal)] ??
                    throw new InvalidOperationException($"{reference} leads nowhere.");
            }

            found = at.AsObject();
        }

        return Alternatives(found).FirstOrDefault(a => !Types(Resolve(a)).Contains("null")) is { } real ? Resolve(real) : found;
    }

    /// <summary>The JSON types that a schema allows; none means any.</summary>
    public static IReadOnlyList<string> Types(JsonObject schema) => schema["type"] switch
    {
        JsonArray many => [.. many.Select(t => (string)t!)],
        JsonValue one => [(string)one!],
        _ => [],
    };

    private static IEnumerable<JsonNode?> Alternatives(JsonObject schema) =>
        (schema["oneOf"] ?? schema["anyOf"])?.AsArray() ?? [];
}

/// <summary>One method of one path.</summary>
internal sealed record Operation(string Path, string Method, JsonObject Node)
{
    public string? Id => (string?)Node["operationId"];

    public string? Summary => (string?)Node["summary"];

    public IEnumerable<string> Statuses => Node["responses"]?.AsObject().Select(r => r.Key) ?? [];

    public JsonObject? Body => Node["requestBody"]?["content"] as JsonObject;

    public bool IsJson => Body?.ContainsKey("application/json") == true;

    public IEnumerable<string> Parameters(string place) => Described(place).Select(p => (string)p["name"]!);

    public IEnumerable<JsonObject> Described(string place) =>
        (Node["parameters"]?.AsArray() ?? []).Select(p => p!.AsObject()).Where(p => (string?)p["in"] == place);

    public override string ToString() => $"{Method} {Path}";
}
