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
    private static readonly JsonSerializerOptions Indented = new(TallyJson.Options) { WriteIndented = true };

    /// <summary>Progress goes to standard error, so that output can be piped.</summary>
    public static IAnsiConsole Errors { get; } = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
    });

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

        // A pipe has no width: an id must never be broken there.
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = 1_000;
        }

        AnsiConsole.Write(table);
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
            output.Fail(refused.Message, refused.WhatToDo, refused.Problem);
            return 1;
        }
        catch (CommandException cannot)
        {
            output.Fail(cannot.Message, null, null);
            return 64;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidDataException)
        {
            output.Fail(failure.Message, "Is the server running? './tally up' starts it.", null);
            return 69;
        }
        catch (OperationCanceledException)
        {
            output.Fail("Stopped.", null, null);
            return 130;
        }
    }

    private void Fail(string message, string? whatToDo, JsonObject? problem)
    {
        if (Json)
        {
            var document = problem is { Count: > 0 } ? problem : new JsonObject { ["detail"] = message };
            Console.WriteLine(document.ToJsonString(Indented));
        }

        Errors.MarkupLineInterpolated($"[red]{message}[/]");
        if (whatToDo is not null)
        {
            Errors.MarkupLineInterpolated($"{whatToDo}");
        }
    }
}
