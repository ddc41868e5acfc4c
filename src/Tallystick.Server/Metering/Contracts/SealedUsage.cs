using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>What a licence used of one meter, over the seals of a billing run.</summary>
/// <param name="Quantity">In the meter's smallest unit.</param>
/// <param name="Events">How many events that was.</param>
/// <param name="Seals">The seals they stand in: where a statement line leads to.</param>
internal sealed record UsageTotal(
    LicenceId LicenceId, WorkId WorkId, Meter Meter, long Quantity, long Events, Guid[] Seals);

/// <summary>The only usage that is billed: sealed, claimed by one run, counted from the raw events.</summary>
internal sealed class SealedUsage(Database database)
{
    /// <summary>
    /// Gives every seal made before the cut that no run has yet to this run. Idempotent within the transaction that
    /// opens the run; a seal belongs to one run for ever.
    /// </summary>
    /// <returns>How many seals the run has.</returns>
    public async Task<int> Claim(Tx tx, BillingRunId run, DateTimeOffset cut)
    {
        await tx.Execute(
            "update metering.seal set billing_run = @Run where billing_run is null and sealed_at < @Cut",
            new { Run = run, Cut = cut });
        return await tx.QueryOne<int>("select count(*)::int from metering.seal where billing_run = @Run", new { Run = run });
    }

    /// <summary>
    /// Totals per licence and meter over the run's seals, in order of licence. The raw events are summed, not the
    /// roll-ups: a chart may be rebuilt, a bill may not.
    /// </summary>
    public Task<IReadOnlyList<UsageTotal>> Totals(BillingRunId run, CancellationToken stop) => database.Query<UsageTotal>(
        """
        select licence_id, work_id, meter::int as meter, sum(quantity)::bigint as quantity,
          sum(events)::bigint as events, array_agg(seal) as seals
        from (
          select e.licence_id, e.work_id, e.meter, s.id as seal, sum(e.quantity) as quantity, count(*) as events
          from metering.seal s
          join metering.event e on e.emitter = s.emitter and e.epoch = s.epoch and e.ingest_day = s.ingest_day
            and e.seq between s.first_seq and s.last_seq
          where s.billing_run = @Run
          group by e.licence_id, e.work_id, e.meter, s.id) per_seal
        group by licence_id, work_id, meter
        order by licence_id, meter
        """,
        new { Run = run },
        stop);
}
