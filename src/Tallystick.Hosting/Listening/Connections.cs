using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tallystick.Hosting.Listening;

/// <summary>
/// All connections of a host, up to a limit that lies below the limit of descriptors. When it is reached, one over which
/// nothing has happened for a while makes room for the new one; where there is none, the new one is told so and closed.
/// The server's own limit was not taken: it closes without a word, and whoever opens many and says nothing shuts all others out.
/// </summary>
public sealed partial class Connections(int most, TimeProvider clock, ILogger<Connections> log)
{
    // Beyond the limit, each of these has a descriptor for a moment.
    private const int LeavingMost = 64;
    private const int RefusedMost = 64;
    private const long RetryAfterSeconds = 5;
    private static readonly TimeSpan IdleLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusalMost = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SaidEvery = TimeSpan.FromMinutes(1);
    private static readonly byte[] Refusal = Encoding.ASCII.GetBytes(Answer());
    private readonly ConcurrentDictionary<OpenConnection, bool> _open = new();
    private int _count;
    private int _leaving;
    private int _refused;
    private long _saidAt = long.MinValue;

    /// <summary>How many there may be.</summary>
    public int Most => most;

    /// <summary>Stands before everything else on a connection.</summary>
    public ConnectionDelegate Admit(ConnectionDelegate next) => connection =>
        Interlocked.Increment(ref _count) <= most || TryMakeRoom() ? Run(connection, next) : Refuse(connection);

    /// <summary>Stands before everything else on a request: over a connection that has one under way nothing is idle.</summary>
    public static async Task Watch(HttpContext context, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var connection = context.Features.Get<OpenConnection>();
        connection?.Began();
        try
        {
            await next(context);
        }
        finally
        {
            connection?.Ended();
        }
    }

    /// <summary>Breaks off whatever is still under way.</summary>
    public void AbortAll()
    {
        foreach (var (connection, _) in _open)
        {
            connection.Abort("The process stops.");
        }
    }

    private async Task Run(ConnectionContext connection, ConnectionDelegate next)
    {
        var open = new OpenConnection(connection, clock);
        connection.Features.Set(open);
        _open.TryAdd(open, true);
        try
        {
            await next(connection);
        }
        finally
        {
            _open.TryRemove(open, out _);
            Interlocked.Decrement(ref _count);
            if (open.IsLeaving)
            {
                Interlocked.Decrement(ref _leaving);
            }
        }
    }

    private bool TryMakeRoom()
    {
        if (Interlocked.Increment(ref _leaving) <= LeavingMost)
        {
            foreach (var (connection, _) in _open)
            {
                if (connection.IsIdleFor(IdleLeast) && connection.TryLeave())
                {
                    connection.Abort("Another connection needs its place.");
                    return true;
                }
            }
        }

        Interlocked.Decrement(ref _leaving);
        return false;
    }

    /// <summary>What speaks HTTP/1 in the clear is told why; over anything else nothing can be said without a handshake.</summary>
    private async Task Refuse(ConnectionContext connection)
    {
        Interlocked.Decrement(ref _count);
        Say();
        try
        {
            if (Interlocked.Increment(ref _refused) > RefusedMost)
            {
                connection.Abort(new ConnectionAbortedException("There are too many connections."));
                return;
            }

            using var stop = new CancellationTokenSource(RefusalMost, clock);
            var asked = await connection.Transport.Input.ReadAsync(stop.Token);
            if (asked.Buffer.Length > 0 && char.IsAsciiLetterUpper((char)asked.Buffer.FirstSpan[0]))
            {
                connection.Transport.Input.AdvanceTo(asked.Buffer.End);
                await connection.Transport.Output.WriteAsync(Refusal, stop.Token);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // It went away, or said nothing: then there is nothing to answer.
        }
        finally
        {
            Interlocked.Decrement(ref _refused);
        }
    }

    private void Say()
    {
        var saidAt = Volatile.Read(ref _saidAt);
        if ((saidAt == long.MinValue || clock.GetElapsedTime(saidAt) >= SaidEvery) &&
            Interlocked.CompareExchange(ref _saidAt, clock.GetTimestamp(), saidAt) == saidAt)
        {
            LogRefused(most);
        }
    }

    private static string Answer()
    {
        var type = Problems.TooManyConnections;
        var body = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["type"] = type.Uri,
            ["title"] = type.Title,
            ["status"] = type.Status,
            ["what_to_do"] = type.WhatToDo,
            [Hosting.Refusal.RetryAfterSeconds] = RetryAfterSeconds,
        });
        return string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {type.Status} Service Unavailable\r\nContent-Type: {MediaTypeNames.Application.ProblemJson}\r\n" +
            $"Content-Length: {Encoding.ASCII.GetByteCount(body)}\r\nCache-Control: no-store\r\n" +
            $"Retry-After: {RetryAfterSeconds}\r\nConnection: close\r\n\r\n{body}");
    }

    [LoggerMessage(7401, LogLevel.Warning, "All {Most} connections are taken: new ones are refused")]
    private partial void LogRefused(int most);
}
