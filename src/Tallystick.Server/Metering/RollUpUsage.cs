using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// Looks at events and adds those that count to the hourly totals and to what their epoch has spent; after they were
/// acknowledged and not while: ingest stays a plain copy. The mark moves in the same transaction, so that a crash neither
/// loses nor repeats an event.
/// </summary>
internal sealed class RollUpUsage(
    Database database, CheckUsage check, RepeatedUses repeated, EpochSteps epochs, WakeUps wakeUps, TimeProvider clock)
{
    public const string Worker = "usage-roll-up";
    private const int EventsMost = 50_000;

    private readonly EpochTurns _turns = new();

    public async Task<bool> Step(CancellationToken stop)
    {
        var waiting = await _turns.Next(database, "rolled_seq < acknowledged_seq", clock.GetUtcNow(), stop);
        var more = false;
        foreach (var one in waiting)
        {
            more |= await epochs.Try(one, () => database.InTransaction(tx => Next(tx, one), stop), stop);
        }

        return more;
    }

    private async Task<bool> Next(Tx tx, WaitingEpoch one)
    {
        var range = await tx.QueryOne<EventRange>(
            """
            select emitter, epoch, rolled_seq as after, least(acknowledged_seq, rolled_seq + @EventsMost) as until,
              coalesce(leases_of, epoch) as leases_of
            from metering.emitter where emitter = @Emitter and epoch = @Epoch and rolled_seq < acknowledged_seq for update
            """,
            new { one.Emitter, one.Epoch, EventsMost });
        if (range is null)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        await check.Check(tx, range, now);
        await repeated.Mark(tx, range, now);
        await tx.Execute(
            $"""
            insert into metering.rollup (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
            select e.licence_id, e.meter, to_timestamp(e.time_ms / 3600000 * 3600), e.work_id, e.emitter, e.epoch,
              sum(e.quantity), count(*)
            from metering.event e where {EventRange.SoundSql} and not e.repeated
            group by e.licence_id, e.meter, to_timestamp(e.time_ms / 3600000 * 3600), e.work_id, e.emitter, e.epoch
            on conflict (licence_id, meter, hour, emitter, epoch, work_id) do update
              set quantity = rollup.quantity + excluded.quantity, events = rollup.events + excluded.events;
            insert into metering.spent (emitter, epoch, licence_id, meter, quantity)
            select e.emitter, @LeasesOf, e.licence_id, e.meter, sum(e.quantity) from metering.event e
            where {EventRange.SoundSql} group by e.emitter, e.licence_id, e.meter
            on conflict (emitter, epoch, licence_id, meter) do update set quantity = spent.quantity + excluded.quantity;
            update metering.emitter set rolled_seq = @Until where emitter = @Emitter and epoch = @Epoch;
            """,
            range);
        tx.AfterCommit(() => wakeUps.Wake(SealDue.Worker));
        return true;
    }
}
