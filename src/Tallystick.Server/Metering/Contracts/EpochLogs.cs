using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>The events of a gate's log that goes on under another epoch.</summary>
internal sealed class EpochLogs
{
    private const int TakenMost = 10_000;

    /// <summary>
    /// The first number from one on under which nothing was ever taken or closed: before epochs were issued anybody with the
    /// secret could leave events under any.
    /// </summary>
    public static async Task<long> FirstFree(Tx tx, GateId gate, long from) =>
        await tx.QueryOne<long?>(
            """
            select n from generate_series(@from, @from + @TakenMost) n
            where not exists (select 1 from metering.emitter where emitter = @gate and epoch = n) order by n limit 1
            """,
            new { gate, from, TakenMost }) ?? throw new InvalidOperationException($"No epoch after {from} of gate {gate} is free.");

    /// <summary>
    /// Closes an epoch and all before it of the same log, which a restore may have opened again: what is here of them is all that
    /// is ever taken, so that their gate can send the rest under another number and nothing counts twice. What the next one reports
    /// is compared with the same leases.
    /// </summary>
    /// <returns>The number of the last event of the closed epoch.</returns>
    public async Task<long> GoOn(Tx tx, GateId gate, long ended, long next, long leasesOf)
    {
        // The row that a batch on its way has locked, or waits for: it is counted here, or refused.
        var has = await tx.QueryOne<long>(
            """
            insert into metering.emitter (emitter, epoch, closed) values (@gate, @ended, true)
            on conflict (emitter, epoch) do update set closed = true returning acknowledged_seq
            """,
            new { gate, ended });
        await tx.Execute(
            """
            update metering.emitter set closed = true
            where emitter = @gate and epoch < @next and coalesce(leases_of, epoch) = @leasesOf and not closed;
            insert into metering.emitter (emitter, epoch, leases_of) values (@gate, @next, @leasesOf)
            """,
            new { gate, next, leasesOf });
        return has;
    }
}
