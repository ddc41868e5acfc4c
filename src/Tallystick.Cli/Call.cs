using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Cli;

/// <summary>One run of a command: what was typed, where to speak, whom to ask.</summary>
internal sealed record Call(ParseResult Parsed, Output Output, CancellationToken Stop)
{
    /// <summary>The server, as whoever acts.</summary>
    public TallyClient Open() => Session.Open(Parsed);

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);

    /// <summary>An id as it was typed; <paramref name="noun"/> is what the person calls it.</summary>
    public static T Id<T>(string text, string noun)
        where T : struct, ITypedId<T> =>
        TypedId.TryParse<T>(text.Trim(), out var id)
            ? id
            : throw new CommandException($"'{text}' is not the id of {Article(noun)} {noun}: those look like {TypedId.Format(T.From(default))}.");

    private static string Article(string noun) => "aeiou".Contains(noun[0], StringComparison.Ordinal) ? "an" : "a";

    public static Money Money(string text) => AmountText.TryMoney(text, out var money)
        ? money.Value
        : throw new CommandException($"'{text}' is not an amount: write it like '20 USD' or '12.50 EUR'.");

    public static Currency Currency(string code) => Core.Amounts.Currency.TryParse(code.ToUpperInvariant(), null, out var known)
        ? known
        : throw new CommandException($"'{code}' is not a currency known here.");

    public static DateTimeOffset Instant(string text) => DateTimeOffset.TryParse(
        text, System.Globalization.CultureInfo.InvariantCulture,
        System.Globalization.DateTimeStyles.AssumeUniversal | System.Globalization.DateTimeStyles.AdjustToUniversal,
        out var instant)
            ? instant
            : throw new CommandException($"'{text}' is not a time: write it like 2026-11-21 or 2026-11-21T14:30Z.");

    /// <summary>UTC, to the minute: what a person reads in a table.</summary>
    public static string Time(DateTimeOffset? at) => at is null ? "" : at.Value.ToUniversalTime().ToString(
        "yyyy-MM-dd HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Bytes with thousands apart.</summary>
    public static string Number(long value) => value.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A command whose own help ends with an example; the list of all commands stays short.</summary>
internal sealed class ExampleCommand(string name, string what, string example) : Command(name, what)
{
    public void ShowExample() => Description += $"\n\nExample:\n  {example}";
}

/// <summary>How commands are made: a sentence, an example, what they take, what they do.</summary>
internal static class Define
{
    public static Command Command(
        string name, string what, string example, IEnumerable<Symbol> takes, Func<Call, Task<int>> run)
    {
        var command = new ExampleCommand(name, what, example);
        foreach (var symbol in takes)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        command.SetAction((parsed, stop) => Output.Run(parsed, output => run(new Call(parsed, output, stop))));
        return command;
    }

    public static Command Group(string name, string what, params IEnumerable<Command> commands)
    {
        var group = new Command(name, what);
        foreach (var command in commands)
        {
            group.Add(command);
        }

        return group;
    }

    public static Option<T> Option<T>(string name, string what, bool required = false) =>
        new(name) { Description = what, Required = required };

    public static Option<string[]> Many(string name, string what, bool required = false) =>
        new(name) { Description = what, Required = required, AllowMultipleArgumentsPerToken = false };

    public static Argument<string> Argument(string name, string what) => new(name) { Description = what };
}
