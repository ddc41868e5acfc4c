namespace Tallystick.Server.Foundation;

/// <summary>What handlers still owe to events.</summary>
/// <param name="Oldest">When the oldest waiting event happened.</param>
/// <param name="Waiting">Deliveries that are not done; those that were given up stand among what was set aside.</param>
/// <param name="Failing">Deliveries that failed at least once and are tried again.</param>
/// <param name="LastError">What the newest failure said.</param>
internal sealed record Backlog(long Waiting, DateTimeOffset? Oldest, long Failing, string? LastError);

/// <summary>For the operator: how far behind the outbox is.</summary>
internal sealed class OutboxBacklog(Database database)
{
    public async Task<Backlog> Read(CancellationToken stop) => (await database.QueryOne<Backlog>(
        """
        select count(*) as waiting, min(e.at) as oldest, count(*) filter (where d.attempts > 0) as failing,
          (select error from foundation.delivery where error is not null order by due_at desc limit 1) as last_error
        from foundation.delivery d join foundation.event e on e.id = d.event_id where not d.dead
        """,
        null,
        stop))!;
}
