using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>The events of a gate's log that goes on under another epoch.</summary>
internal sealed class EpochLogs
{
    /// <summary>
    /// Closes an epoch: what is here of it is all that is ever taken, so that its gate can send the rest under another number and
    /// nothing counts twice. What the next one reports is compared with the same leases.
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
            "insert into metering.emitter (emitter, epoch, leases_of) values (@gate, @next, @leasesOf)", new { gate, next, leasesOf });
        return has;
    }
}
