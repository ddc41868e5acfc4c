using Tallystick.Core.Ids;
using Tallystick.Core.Leases;
using Tallystick.Core.Usage;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// Looks at a range of acknowledged events before they count. A gate's secret is all it takes to report usage, so nothing a
/// gate says is believed that we can know ourselves. What does not hold is set aside and not refused: the gate's numbers are
/// contiguous, and one refused event would stop all after it. Set-wise, after the acknowledgement and not during it, so that
/// ingest stays a plain copy; and before the seal, so that nothing is billed that was not looked at.
/// 1. Learn the licences that are new here. 2. What each event shows by itself: its epoch, licence, buyer, work, time.
/// 3. Units of other works. 4. More than was granted to this gate and epoch. 5. The operator is told.
/// </summary>
internal sealed partial class CheckUsage(
    LicenceFacts licences, UsageGrants grants, UsageCases cases, MeteringOptions options, ILogger<CheckUsage> log)
{
    /// <summary>
    /// What a meter that costs nothing and is not limited may come to under one licence in one epoch of a gate. Needs no
    /// lease, so this is the only bound: 4 PB, far beyond use and far below what sums can hold.
    /// </summary>
    private const long UnleasedMost = StoredEvent.QuantityMost;

    public async Task Check(Tx tx, EventRange range, DateTimeOffset now)
    {
        // 1
        await licences.Learn(tx, await tx.Query<LicenceId>(
            $"""
            select distinct e.licence_id from metering.event e
            where {EventRange.Sql} and not exists (
              select 1 from metering.licence l where l.licence_id = e.licence_id and l.pseudonym is not null)
            """,
            range));
        // 2
        var found = await Faults(tx, range, now);
        // 3
        found += await OtherUnits(tx, range, now);
        // 4
        found += await BeyondGrants(tx, range, now);
        // 5
        if (found > 0)
        {
            await cases.Open(tx, range);
            tx.AfterCommit(() => MeteringMetrics.SetAside.Add(found));
            tx.AfterCommit(() => LogSetAside(new GateId(range.Emitter), range.Epoch, found));
        }
    }

    private async Task<int> Faults(Tx tx, EventRange range, DateTimeOffset now) => await tx.Execute(
        $"""
        insert into metering.quarantine
          (emitter, epoch, seq, reason, licence_id, work_id, meter, quantity, time_ms, found_at)
        select e.emitter, e.epoch, e.seq, f.reason, e.licence_id, e.work_id, e.meter, e.quantity, e.time_ms, @Now
        from metering.event e left join metering.licence l on l.licence_id = e.licence_id and l.pseudonym is not null
        cross join lateral (select case
          when e.quantity not between 1 and @QuantityMost or e.meter not between 1 and @MeterMost
            or e.evidence not between 1 and @EvidenceMost then '{UsageFault.Malformed}'
          when e.epoch > @LastEpoch then '{UsageFault.EpochNotIssued}'
          when l.licence_id is null then '{UsageFault.UnknownLicence}'
          when l.work_id <> e.work_id then '{UsageFault.OtherWork}'
          when l.pseudonym <> e.buyer then '{UsageFault.OtherBuyer}'
          when e.time_ms > @LatestMs then '{UsageFault.InTheFuture}'
          when e.time_ms < @EarliestMs then '{UsageFault.TooOld}' end as reason) f
        where {EventRange.Sql} and f.reason is not null
        """,
        new
        {
            range.Emitter,
            range.Epoch,
            range.After,
            range.Until,
            Now = now,
            StoredEvent.QuantityMost,
            MeterMost = (short)Meter.SecondsPlayed,
            EvidenceMost = (short)Evidence.Declared,
            LastEpoch = await grants.LastEpoch(tx, new GateId(range.Emitter)),
            LatestMs = (now + options.ClockAheadMost).ToUnixTimeMilliseconds(),
            EarliestMs = (now - options.UsageAgeMost).ToUnixTimeMilliseconds(),
        });

    private static async Task<int> OtherUnits(Tx tx, EventRange range, DateTimeOffset now)
    {
        var named = await tx.Query<NamedUnit>(
            $"select distinct e.work_id, e.unit_id from metering.event e where {EventRange.SoundSql}", range);
        var strange = await Units.NotOfTheirWork(tx, [.. named.Select(n => (n.WorkId, n.UnitId))]);
        return strange.Count == 0 ? 0 : await tx.Execute(
            $"""
            insert into metering.quarantine
              (emitter, epoch, seq, reason, licence_id, work_id, meter, quantity, time_ms, found_at)
            select e.emitter, e.epoch, e.seq, '{UsageFault.OtherUnit}', e.licence_id, e.work_id, e.meter, e.quantity, e.time_ms, @Now
            from metering.event e join unnest(@Works, @Units) u (work_id, unit_id) on u.work_id = e.work_id and u.unit_id = e.unit_id
            where {EventRange.SoundSql}
            """,
            new
            {
                range.Emitter,
                range.Epoch,
                range.After,
                range.Until,
                Now = now,
                Works = strange.Select(s => s.Work.Value).ToArray(),
                Units = strange.Select(s => s.Unit.Value).ToArray(),
            });
    }

    private async Task<int> BeyondGrants(Tx tx, EventRange range, DateTimeOffset now)
    {
        var sums = await tx.Query<Sum>(
            $"""
            select s.licence_id, s.meter::int as meter, least(s.quantity, 4611686018427387904)::bigint as quantity,
              least(coalesce(p.quantity, 0), 4611686018427387904)::bigint as spent,
              l.paid_meter = s.meter or (l.limits_uses and s.meter = @Uses) as leased
            from (
              select e.licence_id, e.meter, sum(e.quantity) as quantity from metering.event e
              where {EventRange.SoundSql} group by e.licence_id, e.meter) s
            join metering.licence l on l.licence_id = s.licence_id
            left join metering.spent p on p.emitter = @Emitter and p.epoch = @LeasesOf
              and p.licence_id = s.licence_id and p.meter = s.meter
            """,
            new { range.Emitter, range.Epoch, range.After, range.Until, range.LeasesOf, Uses = (short)Meter.SegmentUnlocked });
        var granted = await grants.Granted(
            tx, new GateId(range.Emitter), range.LeasesOf, [.. sums.Where(s => s.Leased).Select(s => (s.LicenceId, s.Meter))]);
        long GrantedTo(Sum sum) => sum.Leased ? granted.GetValueOrDefault((sum.LicenceId, sum.Meter)) : UnleasedMost;
        var beyond = new List<long>();
        foreach (var sum in sums.Where(s => s.Spent > GrantedTo(s) - s.Quantity))
        {
            var events = await tx.Query<Counted>(
                $"""
                select e.seq, e.quantity from metering.event e
                where {EventRange.SoundSql} and e.licence_id = @LicenceId and e.meter = @Meter order by e.seq
                """,
                new { range.Emitter, range.Epoch, range.After, range.Until, sum.LicenceId, Meter = (short)sum.Meter });
            var fits = GrantedUsage.Fits(GrantedTo(sum), sum.Spent, [.. events.Select(e => e.Quantity)]);
            beyond.AddRange(events.Where((_, i) => !fits[i]).Select(e => e.Seq));
        }

        return beyond.Count == 0 ? 0 : await tx.Execute(
            $"""
            insert into metering.quarantine
              (emitter, epoch, seq, reason, licence_id, work_id, meter, quantity, time_ms, found_at)
            select e.emitter, e.epoch, e.seq, '{UsageFault.BeyondGrant}', e.licence_id, e.work_id, e.meter, e.quantity, e.time_ms, @Now
            from metering.event e where {EventRange.Sql} and e.seq = any(@Beyond)
            """,
            new { range.Emitter, range.Epoch, range.After, range.Until, Now = now, Beyond = beyond.ToArray() });
    }

    [LoggerMessage(2002, LogLevel.Warning, "Gate {Gate} epoch {Epoch} reported {Count} events that do not count.")]
    private partial void LogSetAside(GateId gate, long epoch, int count);

    private sealed record NamedUnit(WorkId WorkId, UnitId UnitId);

    private sealed record Sum(LicenceId LicenceId, Meter Meter, long Quantity, long Spent, bool Leased);

    private sealed record Counted(long Seq, long Quantity);
}
