using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>How far counting has come, over all gates.</summary>
/// <param name="Acknowledged">Events that are durable and will be billed.</param>
/// <param name="RolledUp">Of those, how many the charts show.</param>
/// <param name="Sealed">Of those, how many stand in the log.</param>
/// <param name="SealedLastMinute">Events sealed within the last minute.</param>
/// <param name="OldestUnbilled">When the oldest seal was made that no run has billed.</param>
/// <param name="Conflicts">Identities that came again with another content.</param>
internal sealed record MeteringMarks(
    long Acknowledged, long RolledUp, long Sealed, long SealedLastMinute, DateTimeOffset? LastSeal,
    DateTimeOffset? OldestUnbilled, long Conflicts);

/// <summary>An identity that came twice with two contents: somebody must look.</summary>
internal sealed record UsageConflict(long Id, Guid Emitter, long Epoch, long Seq, DateTimeOffset At);

/// <summary>For the operator.</summary>
internal sealed class MeteringProgress(Database database, TimeProvider clock)
{
    public async Task<MeteringMarks> Marks(CancellationToken stop) => (await database.QueryOne<MeteringMarks>(
        """
        select coalesce(sum(e.acknowledged_seq), 0)::bigint as acknowledged,
          coalesce(sum(e.rolled_seq), 0)::bigint as rolled_up,
          coalesce(sum(e.sealed_seq), 0)::bigint as sealed,
          (select coalesce(sum(last_seq - first_seq + 1), 0)::bigint from metering.seal where sealed_at > @Since) as sealed_last_minute,
          (select max(sealed_at) from metering.seal) as last_seal,
          (select min(sealed_at) from metering.seal where billing_run is null) as oldest_unbilled,
          (select count(*) from metering.conflict) as conflicts
        from metering.emitter e
        """,
        new { Since = clock.GetUtcNow().AddMinutes(-1) },
        stop))!;

    /// <summary>Conflicts, newest first, before one (null to begin).</summary>
    public Task<IReadOnlyList<UsageConflict>> Conflicts(long? before, int most, CancellationToken stop) => database.Query<UsageConflict>(
        "select id, emitter, epoch, seq, at from metering.conflict where id < @Before order by id desc limit @most",
        new { Before = before ?? long.MaxValue, most },
        stop);
}
