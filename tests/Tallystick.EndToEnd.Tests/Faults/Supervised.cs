using System.Diagnostics;
using System.Text;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>A process of the product that is started again whenever it dies, as the installation's watcher does.</summary>
internal sealed class Supervised(string project, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    : IAsyncDisposable
{
    private readonly StringBuilder _said = new();
    private Process? _process;
    private Task _watch = Task.CompletedTask;
    private volatile bool _stopping;
    private volatile int _deaths;
    private TimeSpan _clockAhead;
    private IReadOnlyList<string> _crashAt = [];

    /// <summary>How often it died since it was begun.</summary>
    public int Deaths => _deaths;

    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Begins, with a crash point armed for each of its first lives.</summary>
    /// <param name="crashAt">The points; the life after the last has none.</param>
    /// <param name="clockAhead">How far its wall clock is ahead of everybody else's, until it is begun again.</param>
    public void Begin(IReadOnlyList<string>? crashAt = null, TimeSpan clockAhead = default)
    {
        (_stopping, _deaths, _clockAhead, _crashAt) = (false, 0, clockAhead, crashAt ?? []);
        Launch();
        _watch = Watch();
    }

    /// <summary>Kills it; it is started again.</summary>
    public void Die() => _process!.Kill();

    /// <summary>Ends it as <c>kill -9</c> does; it is not started again.</summary>
    public async Task End()
    {
        _stopping = true;
        _process?.Kill();
        await _watch;
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        _process?.Dispose();
    }

    private async Task Watch()
    {
        while (true)
        {
            await _process!.WaitForExitAsync();
            if (_stopping)
            {
                return;
            }

            _deaths++;
            _process.Dispose();
            Launch();
        }
    }

    private void Launch()
    {
        var bin = Path.Combine(Scripts.Installation.Repository, "artifacts", "bin", project, "debug");
        var start = new ProcessStartInfo(Path.Combine(bin, project), arguments)
        {
            WorkingDirectory = bin,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["TALLY_CRASH_AT"] = _crashAt.ElementAtOrDefault(_deaths);
        WrongClock.Set(start.Environment, _clockAhead);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        if (_stopping)
        {
            _process.Kill();
        }
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }
}
