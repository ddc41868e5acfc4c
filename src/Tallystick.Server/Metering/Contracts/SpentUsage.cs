using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>What a gate has reported as delivered: what a lease is settled against.</summary>
internal sealed class SpentUsage
{
    /// <summary>
    /// All that counts of what the gate reported in this epoch, and in those that went on with its leases, under this licence, and
    /// what was not looked at yet. Counted in the caller's transaction, so that it and the lease are seen at the same instant.
    /// </summary>
    public async Task<long> Total(Tx tx, GateId gate, long epoch, LicenceId licence, Meter meter) =>
        await tx.QueryOne<long>(
            """
            with mark as (
              select epoch, rolled_seq from metering.emitter where emitter = @Gate and coalesce(leases_of, epoch) = @Epoch)
            select least(
              coalesce((select quantity from metering.spent
                where emitter = @Gate and epoch = @Epoch and licence_id = @Licence and meter = @Meter), 0)
              + coalesce((select sum(e.quantity) from mark m join metering.event e
                on e.emitter = @Gate and e.epoch = m.epoch and e.seq > m.rolled_seq
                where e.licence_id = @Licence and e.meter = @Meter), 0), 9223372036854775807)::bigint
            """,
            new { Gate = gate, Epoch = epoch, Licence = licence, Meter = (short)meter });
}
