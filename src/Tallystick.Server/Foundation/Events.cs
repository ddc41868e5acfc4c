using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tallystick.Server.Foundation;

/// <summary>A state change that others may act on. The type name is public and never changes: <c>licence.granted</c>.</summary>
internal interface IEvent
{
    static abstract string Type { get; }

    /// <summary>
    /// What it is about: a module handles events of one key in the order in which they were published. Whoever publishes
    /// holds a lock on that thing, so that this order is also the one in which they happened. Implemented explicitly:
    /// it is told by the body already.
    /// </summary>
    string Key { get; }
}

/// <summary>
/// Acts on an event inside a transaction that also ends the delivery: its effect on the database happens exactly once.
/// Nothing outside is called from here: that is a worker's job, from a row that this handler writes.
/// </summary>
internal interface IEventHandler<in T>
    where T : IEvent
{
    /// <summary>
    /// Stable, unique: it is stored. Begins with the module and a dot; handlers of one module see the events of one key in
    /// order, also events of different types.
    /// </summary>
    static abstract string Name { get; }

    Task Handle(Tx tx, T occurred, CancellationToken stop);
}

/// <summary>One handler as the dispatcher sees it.</summary>
internal sealed record EventSubscription(
    string EventType, string Handler, Func<IServiceProvider, Tx, JsonNode, CancellationToken, Task> Run);

/// <summary>Transactional outbox: an event is stored with what it tells of, or neither is.</summary>
internal sealed class Outbox(IEnumerable<EventSubscription> subscriptions, WakeUps wakeUps, TimeProvider clock)
{
    public const string Worker = "outbox";

    private readonly ILookup<string, string> _handlers = subscriptions.ToLookup(s => s.EventType, s => s.Handler);

    public async Task Publish<T>(Tx tx, T occurred)
        where T : IEvent
    {
        const string sql =
            """
            with e as (
              insert into foundation.event (type, body, traceparent, at)
              values (@Type, @Body, @Traceparent, @Now) returning id)
            insert into foundation.delivery (event_id, handler, lane, due_at)
            select e.id, h, split_part(h, '.', 1) || '/' || @Key, @Now from e, unnest(@Handlers) h
            """;
        await tx.Execute(sql, new
        {
            T.Type,
            occurred.Key,
            Body = SqlTypes.Json(occurred),
            Traceparent = Activity.Current?.Id,
            Now = clock.GetUtcNow(),
            Handlers = _handlers[T.Type].ToArray(),
        });
        tx.AfterCommit(() => wakeUps.Wake(Worker));
    }
}

internal static class EventRegistration
{
    public static IServiceCollection AddEventHandler<TEvent, THandler>(this IServiceCollection services)
        where TEvent : IEvent
        where THandler : class, IEventHandler<TEvent>
    {
        services.AddSingleton<THandler>();
        return services.AddSingleton(new EventSubscription(
            TEvent.Type,
            THandler.Name,
            (provider, tx, body, stop) => provider.GetRequiredService<THandler>()
                .Handle(tx, SqlTypes.FromJson<TEvent>(body), stop)));
    }
}
