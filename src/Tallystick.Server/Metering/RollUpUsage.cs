using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// Adds events to the hourly totals, after they were acknowledged and not while: ingest stays a plain copy. The mark
/// moves in the same transaction as the totals, so that a crash neither loses nor repeats an event.
/// </summary>
internal sealed class RollUpUsage(Database database, WakeUps wakeUps)
{
    public const string Worker = "usage-roll-up";
    private const int EventsMost = 200_000;

    public async Task<bool> Step(CancellationToken stop)
    {
        var more = await database.InTransaction(
            async tx =>
            {
                var range = await tx.QueryOne<Range>(
                    """
                    select emitter, epoch, rolled_seq, least(acknowledged_seq, rolled_seq + @EventsMost) as until
                    from metering.emitter where rolled_seq < acknowledged_seq
                    order by emitter, epoch limit 1 for update
                    """,
                    new { EventsMost });
                if (range is null)
                {
                    return false;
                }

                await tx.Execute(
                    """
                    insert into metering.rollup
                      (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
                    select licence_id, meter, to_timestamp(time_ms / 3600000 * 3600), work_id, emitter, epoch,
                      sum(quantity), count(*)
                    from metering.event
                    where emitter = @Emitter and epoch = @Epoch and seq > @RolledSeq and seq <= @Until
                    group by licence_id, meter, to_timestamp(time_ms / 3600000 * 3600), work_id, emitter, epoch
                    on conflict (licence_id, meter, hour, emitter, epoch, work_id) do update
                      set quantity = rollup.quantity + excluded.quantity, events = rollup.events + excluded.events
                    """,
                    range);
                await tx.Execute(
                    "update metering.emitter set rolled_seq = @Until where emitter = @Emitter and epoch = @Epoch",
                    range);
                return true;
            },
            stop);
        if (more)
        {
            wakeUps.Wake(SealUsage.Worker);
        }

        return more;
    }

    private sealed record Range(Guid Emitter, long Epoch, long RolledSeq, long Until);
}
