using System.Diagnostics;
using Spectre.Console;

namespace Tallystick.Demo;

/// <summary>What the person sees: steps as they run, and every check with its outcome.</summary>
internal sealed class Screen
{
    private readonly List<string> _failed = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _checks;
    private int _step;

    public Screen()
    {
        // A pipe has no width and no colours: an id or an address must never be broken there.
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = 1_000;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }
    }

    public IReadOnlyList<string> Failed => _failed;

    public int Checks => _checks;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Runs one step under a spinner.</summary>
    public async Task Step(string title, int of, Func<Task> run)
    {
        AnsiConsole.MarkupLineInterpolated($"\n[bold]{++_step}/{of} {title}[/]");
        if (Console.IsOutputRedirected)
        {
            await run();
            return;
        }

        await AnsiConsole.Status().Spinner(Spinner.Known.Dots).StartAsync(Markup.Escape(title), async status =>
        {
            Doing = what => status.Status = Markup.Escape(what);
            await run();
        });
    }

    /// <summary>Says what is being done right now.</summary>
    public Action<string> Doing { get; private set; } = _ => { };

    public static void Say(string text) => AnsiConsole.MarkupLineInterpolated($"  {text}");

    /// <summary>Says whether something holds; what does not is named again at the end.</summary>
    public void Check(string what, bool holds, string detail)
    {
        _checks++;
        if (holds)
        {
            AnsiConsole.MarkupLineInterpolated($"  [green]ok[/]    {what} [grey]({detail})[/]");
            return;
        }

        _failed.Add($"{what} ({detail})");
        AnsiConsole.MarkupLineInterpolated($"  [red]WRONG[/] {what} ({detail})");
    }
}
