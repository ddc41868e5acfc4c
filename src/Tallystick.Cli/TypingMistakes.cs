using System.CommandLine;
using System.CommandLine.Parsing;

namespace Tallystick.Cli;

/// <summary>What is wrong with a command line, in the words of who typed it: the parser's own name types of this program.</summary>
internal static class TypingMistakes
{
    /// <summary>Letters that may be missing, wrong or too many for something else to be meant.</summary>
    private const int LettersOffMost = 2;

    /// <summary>A sentence for each mistake.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count > 0)
        {
            return [.. parsed.UnmatchedTokens.Select(token => Unknown(command, token))];
        }

        return command.Action is null && command.Subcommands.Count > 0
            ? [command is RootCommand ? "Which command?" : $"Which one? {string.Join(", ", command.Subcommands.Select(NameOf))}."]
            : [.. parsed.Errors.Select(Plain).Distinct()];
    }

    /// <summary>A command as it is typed: <c>tally draft files</c>.</summary>
    public static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "tally";

    private static string Plain(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens: [{ Value: var given }] } option when Expected(option.Option.ValueType, error) is { } what =>
            $"{option.Option.Name} is {what}, not '{given}'.",
        ArgumentResult { Tokens: [{ Value: var given }, ..] } argument when Expected(argument.Argument.ValueType, error) is { } what =>
            $"{argument.Argument.Name} is {what}, not '{given}'.",
        _ => error.Message,
    };

    /// <summary>What a value of this type is; null when the error is about something else.</summary>
    private static string? Expected(Type type, ParseError error)
    {
        var inner = Nullable.GetUnderlyingType(type) ?? type;
        return !error.Message.Contains($"'{type}'", StringComparison.Ordinal) && !error.Message.Contains($"'{inner}'", StringComparison.Ordinal) ? null
            : inner == typeof(bool) ? "true or false, or stands alone"
            : "a whole number";
    }

    private static string Unknown(Command command, string token)
    {
        var isOption = token.StartsWith('-');
        var known = isOption
            ? Chain(command).SelectMany(c => c.Options).Select(o => o.Name)
            : command.Subcommands.Select(c => c.Name);
        var meant = known.Where(name => LettersOff(name, token) <= LettersOffMost).MinBy(name => LettersOff(name, token));
        var what = isOption ? $"{NameOf(command)} has no option '{token}'."
            : command.Subcommands.Count > 0 ? $"{NameOf(command)} has no command '{token}'."
            : $"'{token}' is one argument too many for {NameOf(command)}: what has blanks in it is put in quotes.";
        return meant is null ? what : $"{what} Is '{meant}' meant?";
    }

    private static IEnumerable<Command> Chain(Command command) =>
        command.Parents.OfType<Command>().SelectMany(Chain).Prepend(command);

    /// <summary>Levenshtein's distance.</summary>
    private static int LettersOff(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
