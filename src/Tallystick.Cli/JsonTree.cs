using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tallystick.Core.Amounts;
using Tallystick.Core.Json;

namespace Tallystick.Cli;

/// <summary>A JSON document as a tree for people: money as money, each thing named by its id.</summary>
internal static class JsonTree
{
    public static void Write(string title, JsonObject document)
    {
        var tree = new Tree(Markup.Escape(title)).Guide(TreeGuide.Line);
        Add(tree, document);
        Output.Write(tree);
    }

    private static void Add(IHasTreeNodes parent, JsonObject document)
    {
        foreach (var (name, value) in document)
        {
            var label = name.Replace('_', ' ');
            if (Plain(value) is { } text)
            {
                parent.AddNode(Markup.Escape($"{label}: {text}"));
            }
            else if (value is JsonObject inner)
            {
                Add(parent.AddNode(Markup.Escape(label)), inner);
            }
            else if (value is JsonArray { Count: > 0 } items)
            {
                AddAll(parent.AddNode(Markup.Escape($"{label} ({items.Count})")), items);
            }
        }
    }

    private static void AddAll(TreeNode parent, JsonArray items)
    {
        foreach (var item in items)
        {
            if (item is JsonObject inner && Plain(item) is null)
            {
                Add(parent.AddNode(Markup.Escape(NameOf(inner))), inner);
            }
            else
            {
                parent.AddNode(Markup.Escape(Plain(item) ?? item?.ToJsonString() ?? ""));
            }
        }
    }

    private static string NameOf(JsonObject item) =>
        item.FirstOrDefault(m => m.Key.EndsWith("_id", StringComparison.Ordinal) || m.Key == "id").Value is { } id
            ? id.ToString()
            : "·";

    /// <summary>What fits on one line; null for what has branches.</summary>
    private static string? Plain(JsonNode? value)
    {
        if (value is JsonObject { Count: 2 } pair && pair.ContainsKey("minor") && pair.ContainsKey("currency"))
        {
            return pair.Deserialize<Money>(TallyJson.Options).ToString();
        }

        return value is JsonValue ? value.ToString() : null;
    }
}
