namespace Tallystick.Server.Foundation;

/// <summary>
/// Forgets what nobody owes anything any more: events that everybody handled long ago, rows that were resolved long ago.
/// And gives up deliveries to handlers that no server has had for a day: otherwise they would wait unseen, for ever.
/// </summary>
internal sealed class ThinEvents(
    Database database, EventSubscriptions subscriptions, DeadLetters deadLetters, FoundationOptions options, TimeProvider clock)
{
    public const string Worker = "foundation.thin";

    private const int RowsMost = 5_000;
    private const int HandlersMost = 100;

    // While a new version is rolled out, an older server does not know its handlers: that passes.
    private static readonly TimeSpan UnknownFor = TimeSpan.FromDays(1);

    /// <summary>One bounded part; true when there is more.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        var before = clock.GetUtcNow() - TimeSpan.FromDays(options.EventsKeptDays);
        var events = await database.InTransaction(
            tx => tx.Execute(
                """
                delete from foundation.event where id in (
                  select e.id from foundation.event e
                  where e.at < @before and not exists (select 1 from foundation.delivery d where d.event_id = e.id)
                  limit @RowsMost)
                """,
                new { before, RowsMost }),
            stop);
        var resolved = await database.InTransaction(
            tx => tx.Execute(
                """
                delete from foundation.set_aside where id in (
                  select id from foundation.set_aside where state = 'resolved' and resolved_at < @before limit @RowsMost)
                """,
                new { before, RowsMost }),
            stop);
        return events == RowsMost || resolved == RowsMost || await GiveUpUnknown(stop);
    }

    private Task<bool> GiveUpUnknown(CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var orphans = await tx.Query<Orphan>(
                """
                select event_id, handler from foundation.delivery
                where not dead and due_at < @Before and handler <> all(@Known)
                order by event_id limit @HandlersMost for update skip locked
                """,
                new { Before = clock.GetUtcNow() - UnknownFor, Known = subscriptions.Handlers, HandlersMost });
            foreach (var orphan in orphans)
            {
                await deadLetters.GiveUp(tx, orphan.EventId, orphan.Handler, "This server has no such handler.");
            }

            return orphans.Count == HandlersMost;
        },
        stop);

    private sealed record Orphan(long EventId, string Handler);
}
