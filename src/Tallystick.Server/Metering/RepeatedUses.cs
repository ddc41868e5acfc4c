using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// A use is counted once per licence, unit and pass over all gates. Each gate remembers what it counted itself, as far as its
/// memory is bounded for; that another gate was first, or that it forgot, is found here, after events were checked: what was
/// set aside claims nothing, or a forged event could take an honest gate's use away. 1. The uses of a range are claimed.
/// 2. An event that did not get its claim is a repeat: it stays, is sealed, and is left out of every total that is billed or
/// shown; it counts as spent, since its gate delivered it under its own lease. 3. What was leased for it is given back.
/// </summary>
internal sealed class RepeatedUses(Database database, Outbox outbox, TimeProvider clock)
{
    public const string Worker = "usage-uses";

    /// <summary>The same pass after so many days is another use: as long as gates remember.</summary>
    public const int RememberedDays = 90;

    private const int ForgottenMost = 10_000;

    /// <summary>Marks the repeats among events that were just checked.</summary>
    public async Task Mark(Tx tx, EventRange range, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var repeats = await Claim(
            tx,
            EventRange.SoundSql,
            new
            {
                range.Emitter,
                range.Epoch,
                range.After,
                range.Until,
                Uses = (short)Meter.SegmentUnlocked,
                Day = day,
                Expired = day.AddDays(-RememberedDays),
            });
        // 3
        foreach (var licence in repeats.GroupBy(r => r.LicenceId))
        {
            await outbox.Publish(tx, new UsesRepeated(licence.Key, licence.Sum(r => r.Quantity)));
        }
    }

    /// <summary>Marks the repeats among events of a case that the operator is about to accept. No lease stood behind them.</summary>
    public Task Mark(Tx tx, OpenCase about, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        return Claim(
            tx,
            OpenCase.EventSql,
            new
            {
                about.Emitter,
                about.Epoch,
                about.Reason,
                about.Licence,
                Uses = (short)Meter.SegmentUnlocked,
                Day = day,
                Expired = day.AddDays(-RememberedDays),
            });
    }

    private static async Task<IReadOnlyList<Repeat>> Claim(Tx tx, string which, object arguments)
    {
        // 1
        await tx.Execute(
            $"""
            delete from metering.use u using metering.event e
            where {which} and e.meter = @Uses and u.counted_on < @Expired
              and u.licence_id = e.licence_id and u.unit_id = e.unit_id and u.pass = e.pass;
            insert into metering.use (licence_id, unit_id, pass, emitter, epoch, seq, counted_on)
            select e.licence_id, e.unit_id, e.pass, e.emitter, e.epoch, e.seq, @Day from metering.event e
            where {which} and e.meter = @Uses
            order by e.licence_id, e.unit_id, e.pass, e.epoch, e.seq
            on conflict do nothing;
            """,
            arguments);
        // 2
        var repeats = await tx.Query<Repeat>(
            $"""
            update metering.event e set repeated = true from metering.use u
            where {which} and e.meter = @Uses
              and u.licence_id = e.licence_id and u.unit_id = e.unit_id and u.pass = e.pass
              and (u.emitter, u.epoch, u.seq) <> (e.emitter, e.epoch, e.seq)
            returning e.licence_id, e.quantity
            """,
            arguments);
        tx.AfterCommit(() => MeteringMetrics.Repeats.Add(repeats.Count));
        return repeats;
    }

    /// <summary>Forgets uses beyond their time.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        var before = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(-RememberedDays);
        return await database.InTransaction(
            tx => tx.Execute(
                """
                delete from metering.use where (licence_id, unit_id, pass) in (
                  select licence_id, unit_id, pass from metering.use where counted_on < @before limit @ForgottenMost)
                """,
                new { before, ForgottenMost }),
            stop) == ForgottenMost;
    }

    private sealed record Repeat(LicenceId LicenceId, long Quantity);
}
