using System.Text.RegularExpressions;

namespace Tallystick.Tests;

/// <summary>The rules of deploy/prometheus and the names of metrics in them.</summary>
internal static partial class AlertRules
{
    public static string File { get; } = Path.Combine(Repository(), "deploy", "prometheus", "tallystick.rules.yml");

    /// <summary>Every metric that an expression names, by the alert that does.</summary>
    public static ILookup<string, string> Named { get; } = Read();

    /// <summary>The names that a page of metrics in text format prints.</summary>
    public static ISet<string> Printed(string metrics) => metrics.Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => Name().Match(line).Value).ToHashSet(StringComparer.Ordinal);

    private static ILookup<string, string> Read()
    {
        var (alert, found) = ("", new List<(string Alert, string Metric)>());
        foreach (var line in System.IO.File.ReadLines(File).Select(l => l.Trim()))
        {
            if (line.StartsWith("- alert: ", StringComparison.Ordinal))
            {
                alert = line["- alert: ".Length..];
            }
            else if (line.StartsWith("expr: ", StringComparison.Ordinal))
            {
                found.AddRange(Metric().Matches(Labels().Replace(line, "")).Select(m => (alert, m.Value)));
            }
        }

        return found.ToLookup(f => f.Alert, f => f.Metric);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Tallystick.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\b(tally|db_client)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Labels();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex Name();
}
