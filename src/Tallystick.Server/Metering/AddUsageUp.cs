using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// What a chart draws: a sum for each meter in each hour or day. All of an organisation is read from its own totals, which are kept
/// as events are rolled up; one work or licence from its own rows.
/// </summary>
internal sealed class AddUsageUp(Database database, TimeProvider clock)
{
    private static readonly TimeSpan LongestByHour = TimeSpan.FromDays(31);

    /// <param name="Hour">Start of the hour or day, UTC, by the gate's clock.</param>
    /// <param name="Quantity">In the meter's smallest unit; at most 2^63-1.</param>
    internal sealed record Total(DateTimeOffset Hour, Meter Meter, long Quantity, long Events);

    /// <param name="Totals">Newest first; an hour or day without usage is left out.</param>
    /// <param name="NotYetRolledUp">Events acknowledged by the server that these totals do not hold yet.</param>
    internal sealed record Answer(IReadOnlyList<Total> Totals, long NotYetRolledUp);

    public async Task<Outcome<Answer>> Handle(Caller caller, UsageWanted wanted, CancellationToken stop)
    {
        var errors = new InputErrors().Require(
            wanted.As is not null || caller.IsOperator, "as", "buyer: what you used; creator: use of your works.");
        if (!wanted.Check(clock, errors, wanted.By == "day" ? null : LongestByHour).Succeeded(out var range, out var refusal))
        {
            return refusal;
        }

        var totals = await database.Query<Total>(
            $"""
            select date_trunc(@Slot, t.hour, 'UTC') as hour, t.meter::int as meter,
              least(sum(t.quantity), 9223372036854775807)::bigint as quantity, sum(t.events)::bigint as events
            from {(wanted.Work is null && wanted.Licence is null ? OwnSql : OfOneSql(wanted.VisibleSql(caller)))}
              and t.hour >= @Since and t.hour < @Until
            group by 1, 2 order by 1 desc, 2
            """,
            new
            {
                wanted.Slot,
                Side = wanted.As ?? "installation",
                Whose = wanted.As is null ? Guid.Empty : caller.Organisation.Value,
                caller.Organisation,
                Work = wanted.Work?.Value,
                Licence = wanted.Licence?.Value,
                range.Since,
                range.Until,
            },
            stop);
        return new Answer(totals, await ReadUsage.NotYetRolledUp(database, stop));
    }

    private const string OwnSql = "metering.total t where t.side = @Side and t.organisation_id = @Whose";

    private static string OfOneSql(string visible) =>
        $"""
        metering.rollup t join metering.licence l on l.licence_id = t.licence_id
        where {visible} and (@Work::uuid is null or t.work_id = @Work) and (@Licence::uuid is null or t.licence_id = @Licence)
        """;
}
