using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access.Contracts;

/// <summary>A gate as the operator sees it.</summary>
/// <param name="LastSeenAt">When it last asked for the feed; null before the first time.</param>
/// <param name="FeedBehind">Entries of the feed that it has not taken yet.</param>
internal sealed record KnownGate(Guid Id, string Name, long LastEpoch, DateTimeOffset? LastSeenAt, long FeedBehind);

/// <summary>For the operator.</summary>
internal sealed class KnownGates(Database database)
{
    public Task<IReadOnlyList<KnownGate>> All(CancellationToken stop) => database.Query<KnownGate>(
        """
        select g.id, g.name, g.last_epoch, g.last_seen_at,
          (select count(*) from access.feed f where f.seq > g.feed_position) as feed_behind
        from access.gate g order by g.name limit 1000
        """,
        null,
        stop);
}
