using System.Globalization;
using System.Reflection;
using Tallystick.Hosting;

namespace Tallystick.Tests;

/// <summary>The problem types of the code beside those that docs/problems.md tells of.</summary>
internal static class ProblemTable
{
    /// <summary>The rows below one heading of the second level.</summary>
    public static IReadOnlyList<ProblemType> Documented(string heading)
    {
        var rows = new List<ProblemType>();
        var inside = false;
        foreach (var line in File.ReadLines(Path.Combine(Repository(), "docs", "problems.md")))
        {
            inside = line.StartsWith("## ", StringComparison.Ordinal) ? line == $"## {heading}" : inside;
            if (inside && line.StartsWith("| `", StringComparison.Ordinal))
            {
                var cells = line.Split('|', StringSplitOptions.TrimEntries);
                rows.Add(new(cells[1].Trim('`'), int.Parse(cells[2], CultureInfo.InvariantCulture), cells[3], cells[4]));
            }
        }

        return [.. rows.OrderBy(r => r.Slug, StringComparer.Ordinal)];
    }

    /// <summary>Every static field of an assembly that is a problem type.</summary>
    public static IReadOnlyList<ProblemType> Defined(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => f.FieldType == typeof(ProblemType))
            .Select(f => (ProblemType)f.GetValue(null)!)
            .OrderBy(t => t.Slug, StringComparer.Ordinal),
    ];

    /// <summary>What every type must be: an id fit for an address, a refusal, a sentence, an advice.</summary>
    public static void ShouldBeWellFormed(IReadOnlyList<ProblemType> types)
    {
        types.ShouldNotBeEmpty();
        types.Select(t => t.Slug).ShouldBeUnique();
        foreach (var type in types)
        {
            type.Slug.ShouldMatch("^[a-z0-9]+(-[a-z0-9]+)*$");
            type.Status.ShouldBeInRange(400, 599);
            type.Title.ShouldEndWith(".");
            type.WhatToDo.ShouldEndWith(".");
        }
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tallystick.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/'))
                ?? throw new InvalidOperationException("The suite does not run inside the repository.");
        }

        return folder;
    }
}
