using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>What a licence used of one meter, over the seals of a billing run.</summary>
/// <param name="WorkId">The licence's work; of a licence that is not known here, one that its events name.</param>
/// <param name="Quantity">
/// In the meter's smallest unit. Usage that costs money is bounded by what was leased; usage that costs nothing stops at
/// 2^63-1 here instead of stopping the run.
/// </param>
/// <param name="Events">How many events that was.</param>
/// <param name="Seals">The seals they stand in: where a statement line leads to.</param>
/// <param name="Slice">Of the <see cref="UsageSlice"/> that the events' times lie in, 0 outside all of them.</param>
internal sealed record UsageTotal(
    LicenceId LicenceId, WorkId WorkId, Meter Meter, long Quantity, long Events, Guid[] Seals, int Slice);

/// <summary>
/// A stretch of time within which one work's usage is totalled apart, by the time of the events: while one rule was in
/// force, say. Stretches of one work must not overlap.
/// </summary>
/// <param name="From">The first instant of it.</param>
/// <param name="Until">The first instant after it.</param>
/// <param name="Slice">What the caller calls it; not 0.</param>
internal sealed record UsageSlice(WorkId WorkId, DateTimeOffset From, DateTimeOffset Until, int Slice);

/// <summary>The only usage that is billed: sealed, claimed by one run, counted from the raw events.</summary>
internal sealed class SealedUsage(Database database)
{
    /// <summary>
    /// Gives every seal made before the cut that no run has yet to this run, and the events that the operator accepted before
    /// it: set aside when their seal was billed or not, they are billed now. Idempotent within the transaction that opens the
    /// run; a seal belongs to one run for ever.
    /// </summary>
    /// <returns>How many seals the run has.</returns>
    public async Task<int> Claim(Tx tx, BillingRunId run, DateTimeOffset cut)
    {
        await tx.Execute(
            """
            update metering.seal set billing_run = @Run where billing_run is null and sealed_at < @Cut;
            update metering.quarantine q set billing_run = @Run
            where q.state = 'accepted' and q.billing_run is null and q.decided_at < @Cut and exists (
              select 1 from metering.emitter m where m.emitter = q.emitter and m.epoch = q.epoch and m.sealed_seq >= q.seq)
            """,
            new { Run = run, Cut = cut });
        return await tx.QueryOne<int>("select count(*)::int from metering.seal where billing_run = @Run", new { Run = run });
    }

    /// <summary>
    /// Totals over the run's seals without what was set aside or repeats a use, and with what was accepted, in order of licence, meter and
    /// slice: each of these three at most once, whatever works the events name. The raw events are summed, not the roll-ups: a chart may be rebuilt, a bill may not.
    /// </summary>
    /// <param name="slices">Where a work's usage is split; what lies in none has slice 0.</param>
    public Task<IReadOnlyList<UsageTotal>> Totals(
        BillingRunId run, IReadOnlyList<UsageSlice> slices, CancellationToken stop) => database.Query<UsageTotal>(
        """
        select licence_id, (array_agg(work_id order by work_id))[1] as work_id, meter::int as meter,
          least(sum(quantity), 9223372036854775807)::bigint as quantity, sum(events)::bigint as events,
          array_agg(distinct seal) as seals, slice
        from (
          select e.licence_id, coalesce(l.work_id, e.work_id) as work_id, e.meter, e.seal,
            sum(e.quantity) as quantity, count(*) as events, coalesce(t.slice, 0) as slice
          from (
            select e.licence_id, e.work_id, e.meter, e.quantity, e.time_ms, s.id as seal
            from metering.seal s
            join metering.event e on e.emitter = s.emitter and e.epoch = s.epoch and e.ingest_day = s.ingest_day
              and e.seq between s.first_seq and s.last_seq
            where s.billing_run = @Run and not e.repeated and not exists (
              select 1 from metering.quarantine q where q.emitter = e.emitter and q.epoch = e.epoch and q.seq = e.seq)
            union all
            select q.licence_id, q.work_id, q.meter, q.quantity, q.time_ms, s.id
            from metering.quarantine q
            join metering.seal s on s.emitter = q.emitter and s.epoch = q.epoch and q.seq between s.first_seq and s.last_seq
            where q.billing_run = @Run) e
          left join metering.licence l on l.licence_id = e.licence_id
          left join unnest(@Works, @Froms, @Untils, @Slices) t (work_id, since_ms, until_ms, slice)
            on t.work_id = coalesce(l.work_id, e.work_id) and e.time_ms >= t.since_ms and e.time_ms < t.until_ms
          group by e.licence_id, 2, e.meter, e.seal, 7) per_seal
        group by licence_id, meter, slice
        order by licence_id, meter, slice
        """,
        new
        {
            Run = run,
            Works = slices.Select(s => s.WorkId.Value).ToArray(),
            Froms = slices.Select(s => FirstMs(s.From)).ToArray(),
            Untils = slices.Select(s => FirstMs(s.Until)).ToArray(),
            Slices = slices.Select(s => s.Slice).ToArray(),
        },
        stop);

    /// <summary>The same in one piece.</summary>
    public Task<IReadOnlyList<UsageTotal>> Totals(BillingRunId run, CancellationToken stop) => Totals(run, [], stop);

    // Events know milliseconds: the first one that is not before the instant.
    private static long FirstMs(DateTimeOffset at) =>
        at.ToUnixTimeMilliseconds() + (at.UtcTicks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
}
