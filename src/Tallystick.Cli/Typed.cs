using System.CommandLine;

namespace Tallystick.Cli;

/// <summary>Which option or argument a member of a request came from.</summary>
internal static class Typed
{
    /// <summary>Those that are called otherwise at a terminal than in a request.</summary>
    private static readonly Dictionary<string, string> Otherwise = new(StringComparer.Ordinal)
    {
        ["rights-scope"] = "--scope", ["territories"] = "--territory", ["parts"] = "--share", ["payees"] = "--share",
        ["holdback-basis-points"] = "--holdback", ["expires-at"] = "--expires", ["effective-from"] = "--from",
    };

    /// <summary>As it was typed; a member that no part of this command line stands for is named in plain words.</summary>
    public static string NameOf(string member, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var parts = member.Split('.').Select(part => part.Split('[')[0].Replace('_', '-')).ToArray();
        string[] options = [.. command.Options.Select(o => o.Name)];
        string[] arguments = [.. command.Arguments.Select(a => a.Name)];

        // The whole (source.name), then the last part (terms.valid_days), then the first (price.amount).
        foreach (var name in (string[])[string.Join('-', parts), parts[^1], parts[0]])
        {
            var candidates = (string[])[Otherwise.GetValueOrDefault(name, ""), $"--{name}", $"--{name.TrimEnd('s')}"];
            if (candidates.FirstOrDefault(options.Contains) is { } option)
            {
                return option;
            }

            if (arguments.FirstOrDefault(a => a.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } argument)
            {
                return argument;
            }
        }

        return parts[^1].Replace('-', ' ');
    }
}
