using System.CommandLine;
using System.Globalization;
using Tallystick.Client;

namespace Tallystick.Cli;

/// <summary>How a list is shown: its columns, a row of them, and the sentence when there is none.</summary>
internal sealed record Columns<T>(IReadOnlyList<string> Names, Func<T, string[]> Row, string Empty);

/// <summary>Commands that list: all parts of the list up to <c>--limit</c>, and a sentence when there is more.</summary>
internal static class ListCommand
{
    private const int LimitUnlessTold = 1_000;

    public static Option<int> LimitOption()
    {
        var limit = new Option<int>("--limit")
        {
            Description = $"Show at most so many (default: {LimitUnlessTold}).", DefaultValueFactory = _ => LimitUnlessTold,
        };
        limit.Validators.Add(result =>
        {
            // What is no number at all has been said already, and has no value to ask for.
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out var most) && most < 1)
            {
                result.AddError("--limit is at least 1.");
            }
        });
        return limit;
    }

    /// <param name="what">Name, sentence and example of the command.</param>
    /// <param name="takes">What it takes besides <c>--limit</c>.</param>
    /// <param name="read">One part of the list, after a key.</param>
    /// <param name="columns">How it is shown.</param>
    public static Command Create<T>(
        (string Name, string Sentence, string Example) what,
        IEnumerable<Symbol> takes,
        Func<Call, TallyClient, string?, CancellationToken, Task<ListPage<T>>> read,
        Columns<T> columns)
    {
        var limit = LimitOption();
        return Define.Command(what.Name, what.Sentence, what.Example, [.. takes, limit], async call =>
        {
            using var tally = call.Open();
            await Show(call, call.Get(limit), (after, stop) => read(call, tally, after, stop), columns);
            return 0;
        });
    }

    public static async Task Show<T>(
        Call call, int limit, Func<string?, CancellationToken, Task<ListPage<T>>> read, Columns<T> columns)
    {
        call.Output.Result(await TallyClient.Collect(read, limit, call.Stop), list =>
        {
            Output.Table(columns.Names, list.Items.Select(columns.Row), columns.Empty);
            if (list.More)
            {
                Console.WriteLine($"There are more than these {Call.Number(list.Items.Count)}: see them with a higher --limit.");
            }
        });
    }
}
