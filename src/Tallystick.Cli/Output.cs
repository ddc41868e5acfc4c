using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tallystick.Client;
using Tallystick.Core.Json;

namespace Tallystick.Cli;

/// <summary>How commands speak: tables and sentences for people on standard output, one JSON document with --json.</summary>
internal sealed class Output(ParseResult parsed)
{
    /// <summary>A pipe has no width: an id must never be broken there.</summary>
    private const int PipeWidth = 1_000;

    private static readonly JsonSerializerOptions Indented = new(TallyJson.Options) { WriteIndented = true };

    /// <summary>Progress goes to standard error, so that output can be piped.</summary>
    public static IAnsiConsole Errors { get; } = OnErrors();

    public bool Json => parsed.GetValue(Session.JsonOption);

    /// <summary>The result: <paramref name="value"/> for machines, else what <paramref name="tell"/> prints.</summary>
    public void Result<T>(T value, Action<T> tell)
        where T : notnull
    {
        if (Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(value, value.GetType(), Indented));
        }
        else
        {
            tell(value);
        }
    }

    public static void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string empty)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        if (table.Rows.Count == 0)
        {
            Console.WriteLine(empty);
            return;
        }

        Write(table);
    }

    /// <summary>Writes a table or a tree to standard output.</summary>
    public static void Write(Spectre.Console.Rendering.IRenderable what)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = PipeWidth;
        }

        AnsiConsole.Write(what);
    }

    /// <summary>Runs a command and turns what went wrong into one clear message and an exit code (sysexits.h).</summary>
    public static async Task<int> Run(ParseResult parsed, Func<Output, Task<int>> command)
    {
        var output = new Output(parsed);
        try
        {
            return await command(output);
        }
        catch (TallyProblemException refused)
        {
            output.Fail(PlainRefusal.Of(refused, parsed), refused.Problem);
            return 1;
        }
        catch (CommandException cannot)
        {
            output.Fail(new(cannot.Message));
            return cannot.ExitCode;
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or HttpIOException)
        {
            output.Fail(new(unreachable.Message, "Is the server running? './tally up' starts it; --server says where it is."));
            return 69;
        }
        catch (InvalidDataException unreadable)
        {
            output.Fail(new(unreadable.Message));
            return 65;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            output.Fail(new(failure.Message, "Check the path, its permissions and the space on the disk."));
            return 74;
        }
        catch (OperationCanceledException)
        {
            output.Fail(new("Stopped."));
            return 130;
        }
    }

    /// <summary>
    /// A command line that is none has an exit code of its own (EX_USAGE), so that a script can tell it from a refusal. No page of
    /// help with it: that would push the message off the screen.
    /// </summary>
    public static int TypedWrong(ParseResult parsed)
    {
        var mistakes = TypingMistakes.Of(parsed);
        if (parsed.GetResult(Session.JsonOption) is { Implicit: false })
        {
            var said = new JsonObject { ["detail"] = string.Join(' ', mistakes) };
            Console.WriteLine(said.ToJsonString(Indented));
        }

        foreach (var mistake in mistakes)
        {
            Errors.MarkupLineInterpolated($"[red]{mistake}[/]");
        }

        Errors.MarkupLineInterpolated($"Help: {TypingMistakes.NameOf(parsed.CommandResult.Command)} --help");
        return CommandException.TypedWrong;
    }

    /// <summary>Shows that something is being waited for, unless a machine is reading.</summary>
    public async Task<T> Waiting<T>(string forWhat, Func<Task<T>> wait) =>
        Json || Console.IsErrorRedirected
            ? await wait()
            : await Errors.Status().Spinner(Spinner.Known.Dots).StartAsync(Markup.Escape(forWhat), _ => wait());

    /// <summary>Shows how many bytes are done, unless a machine is reading.</summary>
    public async Task<T> Moving<T>(string what, Func<IProgress<(long Done, long Total)>?, Task<T>> work)
    {
        if (Json || Console.IsErrorRedirected)
        {
            return await work(null);
        }

        return await Errors.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async bars =>
            {
                var bar = bars.AddTask(Markup.Escape(what));
                return await work(new Bar(bar));
            });
    }

    private static IAnsiConsole OnErrors()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (Console.IsErrorRedirected)
        {
            console.Profile.Width = PipeWidth;
        }

        return console;
    }

    /// <summary>Reports in the caller's thread: a bar that lags behind the end would lie.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => (task.MaxValue, task.Value) = (value.Total, value.Done);
    }

    private void Fail(PlainRefusal said, JsonObject? problem = null)
    {
        if (Json)
        {
            var document = problem is { Count: > 0 } ? problem : new JsonObject { ["detail"] = said.Message };
            Console.WriteLine(document.ToJsonString(Indented));
        }

        Errors.MarkupLineInterpolated($"[red]{said.Message}[/]");
        foreach (var line in said.Details)
        {
            Errors.MarkupLineInterpolated($"  {line}");
        }

        if (said.WhatToDo is { } next)
        {
            Errors.MarkupLineInterpolated($"{next}");
        }
    }
}
