using System.Text.Json.Nodes;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>The field set of each kind of object, kept as data in <c>Shapes/</c>.</summary>
internal static class Shape
{
    static readonly Dictionary<string, JsonObject> Known = Load();

    public static JsonObject Of(string noun) => (JsonObject)Known[noun].DeepClone();

    static Dictionary<string, JsonObject> Load()
    {
        var assembly = typeof(Shape).Assembly;
        var shapes = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".json", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            shapes[name[..^".json".Length]] = JsonNode.Parse(stream)!.AsObject();
        }

        return shapes;
    }
}
