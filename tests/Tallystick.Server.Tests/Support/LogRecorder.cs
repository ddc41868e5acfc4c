using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tallystick.Server.Tests.Support;

/// <summary>Everything that anything logs, at every level: one line each, which begins with the level.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    public ConcurrentBag<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Lines.Add($"Scope: {state}");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
