using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Deliveries that were given up. What follows in the same lane waits behind one: handling the later event of a thing
/// whose earlier one was never handled would leave it in a state that never was. Dropping it releases them.
/// </summary>
internal sealed class DeadLetters(SetAsides setAsides, WakeUps wakeUps, FoundationOptions options, TimeProvider clock)
{
    public static readonly SetAsideKind Kind = new(
        "foundation.dead_letter",
        "A handler failed on an event too often.",
        "Find the failure in the log by the event's number and mend its cause, then replay. Drop it only if it never needs to be handled; later events of the same thing wait until then.",
        [
            new("replay", "Handle it again", (services, tx, row, _) => services.GetRequiredService<DeadLetters>().Replay(tx, row)),
            new("drop", "Drop it and go on", (services, tx, row, _) => services.GetRequiredService<DeadLetters>().Drop(tx, row)),
        ]);

    public async Task GiveUpIfTooOften(Tx tx, long eventId, string handler, int attempts, string reason)
    {
        if (attempts >= options.EventAttemptsMost)
        {
            await GiveUp(tx, eventId, handler, reason);
        }
    }

    public async Task GiveUp(Tx tx, long eventId, string handler, string reason)
    {
        await tx.Execute(
            "update foundation.delivery set dead = true where event_id = @eventId and handler = @handler", new { eventId, handler });
        await setAsides.Put(tx, Kind.Name, Subject(eventId, handler), reason, new JsonObject
        {
            ["event_id"] = eventId,
            ["handler"] = handler,
            ["type"] = await tx.QueryOne<string>("select type from foundation.event where id = @eventId", new { eventId }),
            ["waiting_behind"] = await tx.QueryOne<long>(
                """
                select count(*) from foundation.delivery d join foundation.delivery w on w.lane = d.lane and w.event_id > d.event_id
                where d.event_id = @eventId and d.handler = @handler
                """,
                new { eventId, handler }),
        });
    }

    private async Task<Refusal?> Replay(Tx tx, SetAsideRow row)
    {
        await tx.Execute(
            """
            update foundation.delivery set dead = false, attempts = 0, due_at = @Now
            where event_id = @EventId and handler = @Handler and dead
            """,
            new { EventId = EventOf(row), Handler = HandlerOf(row), Now = clock.GetUtcNow() });
        tx.AfterCommit(() => wakeUps.Wake(Outbox.Worker));
        return null;
    }

    private async Task<Refusal?> Drop(Tx tx, SetAsideRow row)
    {
        await tx.Execute(
            "delete from foundation.delivery where event_id = @EventId and handler = @Handler and dead",
            new { EventId = EventOf(row), Handler = HandlerOf(row) });
        tx.AfterCommit(() => wakeUps.Wake(Outbox.Worker));
        return null;
    }

    private static string Subject(long eventId, string handler) =>
        string.Create(CultureInfo.InvariantCulture, $"{eventId} {handler}");

    private static long EventOf(SetAsideRow row) => long.Parse(row.Subject.Split(' ')[0], CultureInfo.InvariantCulture);

    private static string HandlerOf(SetAsideRow row) => row.Subject.Split(' ', 2)[1];
}
