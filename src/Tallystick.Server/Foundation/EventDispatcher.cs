using System.Diagnostics;
using System.Text.Json.Nodes;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>Pays the debts of <see cref="Outbox"/>: oldest first, each in a transaction of its own, failures later again.</summary>
internal sealed partial class EventDispatcher(
    Database database,
    IEnumerable<EventSubscription> subscriptions,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<EventDispatcher> log)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, EventSubscription> _byHandler = subscriptions.ToDictionary(s => s.Handler);

    /// <summary>One delivery; false when nothing is due.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        Due? due = null;
        try
        {
            return await database.InTransaction(
                async tx =>
                {
                    due = await tx.QueryOne<Due>(
                        """
                        select d.event_id, d.handler, d.attempts, e.body, e.traceparent
                        from foundation.delivery d join foundation.event e on e.id = d.event_id
                        where d.due_at <= @Now and d.handler = any(@Known)
                        order by d.event_id limit 1 for update of d skip locked
                        """,
                        new { Now = clock.GetUtcNow(), Known = _byHandler.Keys.ToArray() });
                    if (due is null)
                    {
                        return false;
                    }

                    using var span = Telemetry.Source.StartActivity(
                        $"handle {due.Handler}", ActivityKind.Consumer, due.Traceparent);
                    await _byHandler[due.Handler].Run(services, tx, due.Body, stop);
                    CrashPoint.Reach("event.handled_before_commit");
                    await tx.Execute(
                        "delete from foundation.delivery where event_id = @EventId and handler = @Handler",
                        new { due.EventId, due.Handler });
                    return true;
                },
                stop);
        }
        catch (Exception failure) when (due is not null && !stop.IsCancellationRequested)
        {
            LogFailed(failure, due.Handler, due.EventId);
            await Postpone(due, failure, stop);
            return true;
        }
    }

    private Task Postpone(Due due, Exception failure, CancellationToken stop)
    {
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, Math.Min(due.Attempts, 20))));
        return database.InTransaction(
            tx => tx.Execute(
                """
                update foundation.delivery set attempts = attempts + 1, due_at = @DueAt, error = @Error
                where event_id = @EventId and handler = @Handler
                """,
                new { due.EventId, due.Handler, DueAt = clock.GetUtcNow() + wait, Error = failure.GetType().Name }),
            stop);
    }

    [LoggerMessage(1002, LogLevel.Error, "Handler {Handler} failed on event {EventId}; it will be tried again.")]
    private partial void LogFailed(Exception failure, string handler, long eventId);

    private sealed record Due(long EventId, string Handler, int Attempts, JsonNode Body, string? Traceparent);
}
