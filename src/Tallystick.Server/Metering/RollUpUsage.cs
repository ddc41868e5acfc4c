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

    /// <summary>A step that takes a second at most is undone by a crash in no time, and leaves the next epoch its turn soon.</summary>
    private const int EventsMost = 10_000;

    private static readonly string AddSql = RollUpSql.Add($"select e.* from metering.event e where {EventRange.SoundSql}");

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
        // Not by the epoch's row, which whoever hands events in holds: adding up takes long, and nobody is to wait for it.
        await tx.Take(Turn.RollUp, $"{one.Emitter}/{one.Epoch}");
        var range = await tx.QueryOne<EventRange>(
            """
            select emitter, epoch, rolled_seq as after, least(acknowledged_seq, rolled_seq + @EventsMost) as until,
              coalesce(leases_of, epoch) as leases_of
            from metering.emitter where emitter = @Emitter and epoch = @Epoch and rolled_seq < acknowledged_seq
            """,
            new { one.Emitter, one.Epoch, EventsMost });
        if (range is null)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        await check.Check(tx, range, now);
        await repeated.Mark(tx, range, now);
        await tx.Execute(AddSql, range);
        // Last: only from here until the commit does a batch of the same epoch that comes in wait for this transaction.
        await tx.Execute("update metering.emitter set rolled_seq = @Until where emitter = @Emitter and epoch = @Epoch", range);
        tx.AfterCommit(() => wakeUps.Wake(SealDue.Worker));
        return true;
    }
}
