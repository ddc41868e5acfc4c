namespace Tallystick.Server.Metering;

/// <summary>
/// Adds events to what is shown and to what is spent, in one place. The hourly totals of a licence are the detail; beside them
/// stand those of its buyer, of its creator and of the whole installation, so that a chart is read from as many rows as it has
/// bars, however many licences there are. A repeat counts as spent and is shown nowhere.
/// </summary>
internal static class RollUpSql
{
    /// <summary>Who stands beside the side <c>installation</c>: nobody.</summary>
    public const string Nobody = "00000000-0000-0000-0000-000000000000";

    private const string Hour = "to_timestamp(time_ms / 3600000 * 3600)";

    /// <param name="taken">SQL of a common table: what is counted, with the columns of <c>metering.event</c>.</param>
    public static string Add(string taken) =>
        $"""
        with taken as ({taken}),
        hours as (
          select licence_id, meter, {Hour} as hour, work_id, emitter, epoch, sum(quantity) as quantity, count(*) as events
          from taken where not repeated group by licence_id, meter, {Hour}, work_id, emitter, epoch),
        shown as (
          insert into metering.rollup (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
          select licence_id, meter, hour, work_id, emitter, epoch, quantity, events from hours
          on conflict (licence_id, meter, hour, emitter, epoch, work_id) do update
            set quantity = rollup.quantity + excluded.quantity, events = rollup.events + excluded.events),
        totals as (
          insert into metering.total (side, organisation_id, meter, hour, quantity, events)
          select o.side, o.organisation_id, h.meter, h.hour, sum(h.quantity), sum(h.events)
          from hours h left join metering.licence l on l.licence_id = h.licence_id
          cross join lateral (values
            ('buyer', l.buyer), ('creator', l.creator), ('installation', '{Nobody}'::uuid)) o (side, organisation_id)
          where o.organisation_id is not null
          group by o.side, o.organisation_id, h.meter, h.hour order by o.side, o.organisation_id, h.meter, h.hour
          on conflict (side, organisation_id, meter, hour) do update
            set quantity = total.quantity + excluded.quantity, events = total.events + excluded.events)
        insert into metering.spent (emitter, epoch, licence_id, meter, quantity)
        select t.emitter, coalesce(m.leases_of, t.epoch), t.licence_id, t.meter, sum(t.quantity)
        from taken t left join metering.emitter m on m.emitter = t.emitter and m.epoch = t.epoch
        group by t.emitter, 2, t.licence_id, t.meter
        on conflict (emitter, epoch, licence_id, meter) do update set quantity = spent.quantity + excluded.quantity
        """;
}
