using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>Uses of a licence as gates have reported them so far, also those that are not rolled up yet.</summary>
internal static class CountLicenceUses
{
    public static Task<long> Of(Tx tx, LicenceId licence) => tx.QueryOne<long>(
        """
        select greatest(coalesce(sum(quantity) filter (where meter = @Segments), 0), least(count(*), 1))::bigint
        from (
          select meter, quantity from metering.rollup where licence_id = @licence
          union all
          select e.meter, e.quantity from metering.emitter m
          join metering.event e on e.emitter = m.emitter and e.epoch = m.epoch and e.seq > m.rolled_seq
          where m.rolled_seq < m.acknowledged_seq and e.licence_id = @licence) u
        """,
        new { licence, Segments = (short)Meter.SegmentUnlocked });
}
