using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Tallystick.Hosting;

/// <summary>
/// What the processes write to their logs: a line begins with the instant (ISO 8601, UTC), the level, the number of the event and where
/// it comes from; what belongs to a line is indented below it, so that no text from outside can look like a line of its own. A warning
/// or failure that repeats itself is written once a minute, with how often it came meanwhile.
/// </summary>
public sealed class LogLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>As <c>Logging:Console:FormatterName</c> calls it.</summary>
    public const string FormatterName = "tallystick";

    private const int RememberedMost = 200;
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Repeated> _repeated = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var now = clock.GetUtcNow();
        var said = Said(logEntry);
        lock (_lock)
        {
            TellExpired(now, textWriter);
            if (logEntry.LogLevel < LogLevel.Warning || IsNew(said, now))
            {
                Line(textWriter, now, said);
            }
        }
    }

    private static string Said<TState>(in LogEntry<TState> entry)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{Level(entry.LogLevel)} {entry.EventId.Id} {entry.Category}: {message}");
        return (entry.Exception is null ? text : $"{text}\n{entry.Exception}").ReplaceLineEndings("\n    ");
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARN",
        LogLevel.Error => "ERROR",
        _ => "FATAL",
    };

    private static void Line(TextWriter to, DateTimeOffset at, string text) =>
        to.Write(string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {text}\n"));

    // Beyond the limit everything is new: rather too many lines than too much memory.
    private bool IsNew(string said, DateTimeOffset now)
    {
        if (_repeated.TryGetValue(said, out var before))
        {
            _repeated[said] = before with { Times = before.Times + 1 };
            return false;
        }

        if (_repeated.Count < RememberedMost)
        {
            _repeated[said] = new(now, 0);
        }

        return true;
    }

    private void TellExpired(DateTimeOffset now, TextWriter to)
    {
        foreach (var (said, one) in _repeated.Where(r => now - r.Value.Since >= Quiet).ToList())
        {
            _repeated.Remove(said);
            if (one.Times > 0)
            {
                var first = said.Split('\n', 2)[0];
                Line(to, now, string.Create(CultureInfo.InvariantCulture, $"{first} ({one.Times} more since {one.Since.UtcDateTime:HH:mm:ss'Z'})"));
            }
        }
    }

    private readonly record struct Repeated(DateTimeOffset Since, long Times);
}

/// <summary>Registration of <see cref="LogLines"/>.</summary>
public static class LogLinesRegistration
{
    /// <summary>Writes the console's lines so, unless the configuration names another formatter.</summary>
    public static ILoggingBuilder AddLogLines(this ILoggingBuilder logging)
    {
        logging.AddConsoleFormatter<LogLines, ConsoleFormatterOptions>();
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName ??= LogLines.FormatterName);
        return logging;
    }
}
