using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access.Contracts;

/// <summary>A gate as the operator sees it.</summary>
/// <param name="LastSeenAt">When it last asked for the feed; null before the first time.</param>
/// <param name="FeedBehind">Entries of the feed that it has not taken yet, counted up to ten thousand.</param>
/// <param name="StateAt">When it last told how it is; null when it never did.</param>
/// <param name="Reasons">Why it is not ready, in its own words.</param>
/// <param name="EventsWaiting">Events at it that are not acknowledged.</param>
/// <param name="EventsSetAside">Events that were refused one by one and lie in its folder.</param>
/// <param name="RefusedAt">When a second process last showed its secret and was given no epoch.</param>
internal sealed record KnownGate(
    Guid Id, string Name, long LastEpoch, DateTimeOffset? LastSeenAt, long FeedBehind, DateTimeOffset? StateAt, string[] Reasons,
    long EventsWaiting, long EventsSetAside, DateTimeOffset? RefusedAt);

/// <summary>For the operator.</summary>
internal sealed class KnownGates(Database database)
{
    public Task<IReadOnlyList<KnownGate>> All(CancellationToken stop) => database.Query<KnownGate>(
        """
        select g.id, g.name, g.last_epoch, g.last_seen_at,
          (select count(*) from (select 1 from access.feed f where f.seq > g.feed_position limit 10000) few) as feed_behind,
          g.state_at, g.reasons, g.events_waiting, g.events_set_aside, g.refused_at
        from access.gate g order by g.name limit 1000
        """,
        null,
        stop);
}
