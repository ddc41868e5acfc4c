using System.Text;
using System.Text.Json.Nodes;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>Bodies made from a schema: one that fits it, and that one with a single thing wrong.</summary>
internal sealed class BadBodies(ApiDocument document)
{
    private const int Large = 10_000_000;

    /// <summary>Bytes that are no JSON document of ours, whatever the schema says.</summary>
    public static IEnumerable<(string What, byte[] Bytes)> NotDocuments()
    {
        yield return ("an empty body", []);
        yield return ("an object that does not end", "{"u8.ToArray());
        yield return ("the literal null", "null"u8.ToArray());
        yield return ("an array as the document", "[]"u8.ToArray());
        yield return ("a string as the document", "\"x\""u8.ToArray());
        yield return ("a number as the document", "12"u8.ToArray());
        yield return ("something after the document", "{} {}"u8.ToArray());
        yield return ("invalid UTF-8", [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        yield return ("a NUL byte", "{\0}"u8.ToArray());
        yield return ("a comment", "{/* */}"u8.ToArray());
        yield return ("deep nesting", Encoding.ASCII.GetBytes(new string('[', 100_000)));
        yield return ("deep nesting in a member", Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat("{\"a\":", 5_000)) + "1" + new string('}', 5_000)));
        yield return ("10 MB of blanks", Encoding.ASCII.GetBytes(new string(' ', Large)));
    }

    /// <summary>A document that has the shape of the schema.</summary>
    public JsonNode? Fitting(JsonNode? schema, int depth = 0)
    {
        var resolved = document.Resolve(schema);
        if (resolved["enum"] is JsonArray choices)
        {
            return choices[0]?.DeepClone();
        }

        var type = ApiDocument.Types(resolved).FirstOrDefault(t => t != "null");
        if (depth > 8)
        {
            return null;
        }

        return type switch
        {
            "object" => new JsonObject((resolved["properties"]?.AsObject() ?? [])
                .Select(p => KeyValuePair.Create(p.Key, Fitting(p.Value, depth + 1)))),
            "array" => new JsonArray(Fitting(resolved["items"], depth + 1)),
            "integer" or "number" => JsonValue.Create(1),
            "boolean" => JsonValue.Create(true),
            _ => JsonValue.Create((string?)resolved["format"] switch
            {
                "date-time" => "2099-01-01T00:00:00Z",
                "date" => "2099-01-01",
                "uri" => "https://example.org/",
                _ => "example",
            }),
        };
    }

    /// <summary>The fitting document with one member wrong, for every member at every depth.</summary>
    public IEnumerable<(string What, byte[] Bytes)> Mutations(JsonNode? schema)
    {
        var resolved = document.Resolve(schema);
        var fitting = Fitting(schema)!;
        if (fitting is not JsonObject)
        {
            yield break;
        }

        yield return ("an unknown member", Changed(fitting, [], target => target["no_such_member"] = 1));
        yield return ("a member twice as long a name as any", Changed(fitting, [], target => target[new string('n', 100_000)] = 1));
        foreach (var (path, member, required) in Members(resolved, []))
        {
            var name = string.Join('.', path);
            if (required)
            {
                yield return ($"{name} missing", Changed(fitting, path[..^1], target => target.Remove(path[^1])));
            }

            foreach (var (what, raw) in WrongValues(member))
            {
                yield return ($"{name} = {what}", Replaced(fitting, path, raw));
            }
        }
    }

    /// <summary>Raw JSON that a member of this schema cannot be.</summary>
    private IEnumerable<(string What, string Raw)> WrongValues(JsonObject schema)
    {
        var types = ApiDocument.Types(document.Resolve(schema));
        var text = types.Count == 0 || types.Contains("string");
        var number = types.Contains("integer") || types.Contains("number");
        if (types.Count > 0 && !types.Contains("null") && !ApiDocument.Types(schema).Contains("null") && schema["oneOf"] is null)
        {
            yield return ("null", "null");
        }

        if (!types.Contains("object"))
        {
            yield return ("an object", "{\"a\":1}");
        }

        if (!types.Contains("array"))
        {
            yield return ("an array", "[[1]]");
        }

        if (!types.Contains("boolean"))
        {
            yield return ("true", "true");
        }

        if (number)
        {
            yield return ("a word", "\"abc\"");
            yield return ("a fraction", "1.5");
            yield return ("a negative number", "-1");
            yield return ("the most negative number", "-9223372036854775808");
            yield return ("the largest 64-bit number", "9223372036854775807");
        }
        else
        {
            yield return ("a number", "12");
        }

        yield return ("a huge number", "99999999999999999999999999");
        yield return ("a number beyond any", "1e400");
        yield return ("text with NUL", "\"a\\u0000b\"");
        yield return ("half a surrogate pair", "\"a\\ud800b\"");
        yield return ("10 MB of text", text ? $"\"{new string('x', Large)}\"" : new string('9', Large));
        yield return ("100 kB of text", $"\"{new string('x', 100_000)}\"");
    }

    private IEnumerable<(string[] Path, JsonObject Schema, bool Required)> Members(JsonObject schema, string[] path)
    {
        var required = (schema["required"]?.AsArray() ?? []).Select(r => (string)r!).ToHashSet();
        foreach (var (name, value) in schema["properties"]?.AsObject() ?? [])
        {
            string[] here = [.. path, name];
            yield return (here, value!.AsObject(), required.Contains(name));
            var inner = document.Resolve(value);
            foreach (var deeper in here.Length < 6 ? Members(inner, here) : [])
            {
                yield return deeper;
            }
        }
    }

    private static byte[] Changed(JsonNode fitting, string[] path, Action<JsonObject> change)
    {
        var copy = fitting.DeepClone();
        change(At(copy, path));
        return Encoding.UTF8.GetBytes(copy.ToJsonString());
    }

    // Huge and broken numbers and strings are no values of a JSON library: they are put into the text.
    private static byte[] Replaced(JsonNode fitting, string[] path, string raw)
    {
        const string mark = "here-comes-the-wrong-value";
        var copy = fitting.DeepClone();
        At(copy, path[..^1])[path[^1]] = mark;
        return Encoding.UTF8.GetBytes(copy.ToJsonString().Replace($"\"{mark}\"", raw, StringComparison.Ordinal));
    }

    private static JsonObject At(JsonNode node, string[] path)
    {
        foreach (var name in path)
        {
            node = node[name]!;
        }

        return node.AsObject();
    }
}
