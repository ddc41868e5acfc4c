using System.Diagnostics;
using System.Text.Json.Nodes;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Pays the debts of <see cref="Outbox"/>, many in one transaction. Deliveries of one lane (what one module does about one
/// key) are handled in the order of their events: one that failed is put off and what follows in its lane waits, other
/// lanes go on. One that failed too often is a <see cref="DeadLetters">dead letter</see>.
/// </summary>
internal sealed partial class EventDispatcher(
    Database database,
    EventSubscriptions subscriptions,
    DeadLetters deadLetters,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<EventDispatcher> log)
{
    /// <summary>Deliveries of one commit: enough to make the commit cheap, few enough to hold locks for a moment only.</summary>
    public const int BatchMost = 100;

    private const long LockKey = 0x7461_6c6c_7907;
    private static readonly TimeSpan LongestBatch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private int _batch = BatchMost;

    /// <summary>One batch; false when nothing is due.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        var taken = new List<Due>();
        try
        {
            await database.InTransaction(tx => Handle(tx, taken, stop), stop);
            _batch = Math.Min(BatchMost, _batch * 2);
        }
        catch (Exception failure) when (taken.Count > 0 && !stop.IsCancellationRequested)
        {
            // The commit failed and says not of which: one by one it shows, and what is alone is put off.
            LogBatchFailed(failure, taken.Count);
            if (taken.Count == 1)
            {
                await database.InTransaction(tx => PutOff(tx, taken[0], failure), stop);
            }

            _batch = 1;
        }

        return taken.Count > 0;
    }

    /// <summary>1 One batch at a time in the whole installation. 2 What is due and waits for nothing. 3 Handle each by itself. 4 End them.</summary>
    private async Task Handle(Tx tx, List<Due> taken, CancellationToken stop)
    {
        // 1
        taken.Clear();
        if (!await tx.QueryOne<bool>("select pg_try_advisory_xact_lock(@LockKey)", new { LockKey }))
        {
            return;
        }

        // 2
        taken.AddRange(await tx.Query<Due>(
            """
            select d.event_id, d.handler, d.lane, d.attempts, e.body, e.traceparent
            from foundation.delivery d join foundation.event e on e.id = d.event_id
            where d.due_at <= @Now and not d.dead and d.handler = any(@Known) and not exists (
              select 1 from foundation.delivery b where b.lane = d.lane and b.event_id < d.event_id
                and (b.dead or b.due_at > @Now or b.handler <> all(@Known)))
            order by d.event_id, d.handler limit @_batch
            """,
            new { Now = clock.GetUtcNow(), Known = subscriptions.Handlers, _batch }));

        // 3
        var (began, handled, held) = (clock.GetTimestamp(), new List<Due>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var due in taken)
        {
            if (clock.GetElapsedTime(began) > LongestBatch)
            {
                break;
            }

            if (!held.Contains(due.Lane) && await TryHandle(tx, due, stop))
            {
                handled.Add(due);
            }
            else
            {
                held.Add(due.Lane);
            }
        }

        // 4
        var ended = await tx.Execute(
            """
            delete from foundation.delivery d using unnest(@Events, @Handlers) as h (event_id, handler)
            where d.event_id = h.event_id and d.handler = h.handler
            """,
            new { Events = handled.Select(d => d.EventId).ToArray(), Handlers = handled.Select(d => d.Handler).ToArray() });
        if (ended != handled.Count)
        {
            throw new InvalidOperationException("A delivery was ended by somebody else while it was handled.");
        }
    }

    private async Task<bool> TryHandle(Tx tx, Due due, CancellationToken stop)
    {
        using var span = Telemetry.Source.StartActivity($"handle {due.Handler}", ActivityKind.Consumer, due.Traceparent);
        try
        {
            await tx.Isolated(() => subscriptions[due.Handler].Run(services, tx, due.Body, stop));
            CrashPoint.Reach("event.handled_before_commit");
            return true;
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogFailed(failure, due.Handler, due.EventId);
            await PutOff(tx, due, failure);
            return false;
        }
    }

    private async Task PutOff(Tx tx, Due due, Exception failure)
    {
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, Math.Min(due.Attempts, 20))));
        await tx.Execute(
            """
            update foundation.delivery set attempts = attempts + 1, due_at = @DueAt, error = @Error
            where event_id = @EventId and handler = @Handler
            """,
            new { due.EventId, due.Handler, DueAt = clock.GetUtcNow() + wait, Error = failure.GetType().Name });
        await deadLetters.GiveUpIfTooOften(tx, due.EventId, due.Handler, due.Attempts + 1, SetAsides.ReasonOf(failure));
    }

    [LoggerMessage(1002, LogLevel.Error, "Handler {Handler} failed on event {EventId}; it will be tried again.")]
    private partial void LogFailed(Exception failure, string handler, long eventId);

    [LoggerMessage(1004, LogLevel.Error, "A batch of {Count} deliveries could not be committed; they are tried one by one.")]
    private partial void LogBatchFailed(Exception failure, int count);

    private sealed record Due(long EventId, string Handler, string Lane, int Attempts, JsonNode Body, string? Traceparent);
}
