using Tallystick.Client;

namespace Tallystick.Cli;

/// <summary>What of a folder is not published, and what of elsewhere is: said on standard error before anything is sent.</summary>
internal static class SkippedEntries
{
    private const int NamesMost = 50;

    private static readonly (string Why, string Words)[] Reasons =
    [
        ("hidden", "begin with a dot"),
        ("link", "are links (--follow publishes what they lead to)"),
        ("broken_link", "are links that lead nowhere"),
        ("link_loop", "are links to a folder around them"),
        ("not_a_file", "are pipes, sockets or devices"),
    ];

    public static async Task Say(LocalFolder folder)
    {
        foreach (var (why, words) in Reasons)
        {
            await Names($"Left out, as they {words}", [.. folder.Skipped.Where(s => s.Why == why).Select(s => s.Path)]);
        }

        await Names("Taken from outside of the folder, where links lead", [.. folder.Outside.Select(o => $"{o.Path} -> {o.Target}")]);
    }

    private static async Task Names(string what, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            var more = names.Count > NamesMost ? $" and {names.Count - NamesMost} more" : "";
            await Console.Error.WriteLineAsync($"{what} ({names.Count}): {string.Join(", ", names.Take(NamesMost))}{more}");
        }
    }
}
