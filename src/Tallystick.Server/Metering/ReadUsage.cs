using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>Roll-ups for buyers and creators, each of their own licences and works.</summary>
internal static class ReadUsage
{
    private const int RowsMost = 2_000;

    /// <param name="Hour">Start of the hour or day, UTC, by the gate's clock.</param>
    /// <param name="Quantity">In the meter's smallest unit; at most 2^63-1.</param>
    internal sealed record Row(
        DateTimeOffset Hour, WorkId WorkId, LicenceId LicenceId, Meter Meter, long Quantity, long Events);

    /// <param name="Usage">Newest first.</param>
    /// <param name="NotYetRolledUp">Events acknowledged by the server that these totals do not hold yet.</param>
    internal sealed record Page(IReadOnlyList<Row> Usage, long NotYetRolledUp);

    public static async Task<IResult> Handle(
        Caller caller,
        Database database,
        TimeProvider clock,
        CancellationToken stop,
        WorkId? work = null,
        LicenceId? licence = null,
        QueryInstant? from = null,
        QueryInstant? to = null,
        string by = "hour")
    {
        var until = to?.At ?? clock.GetUtcNow().AddHours(1);
        var since = from?.At ?? until.AddDays(-31);
        var errors = new Dictionary<string, string[]>();
        if (by is not ("hour" or "day"))
        {
            errors["by"] = ["'hour' or 'day' is expected"];
        }

        if (since >= until || until - since > TimeSpan.FromDays(366))
        {
            errors["from"] = ["'from' must lie before 'to', by at most 366 days"];
        }

        if (errors.Count > 0)
        {
            return Problems.Invalid(errors).ToHttp();
        }

        var rows = await database.Query<Row>(
            """
            select date_trunc(@By, r.hour, 'UTC') as hour, r.work_id, r.licence_id, r.meter::int as meter,
              least(sum(r.quantity), 9223372036854775807)::bigint as quantity, sum(r.events)::bigint as events
            from metering.rollup r join metering.licence l on l.licence_id = r.licence_id
            where (l.buyer = @Organisation or l.creator = @Organisation or @Operator)
              and (@Work::uuid is null or r.work_id = @Work) and (@Licence::uuid is null or r.licence_id = @Licence)
              and r.hour >= @Since and r.hour < @Until
            group by 1, 2, 3, 4 order by 1 desc, 2, 3, 4 limit @RowsMost
            """,
            new
            {
                By = by,
                caller.Organisation,
                Operator = caller.IsOperator,
                Work = work?.Value,
                Licence = licence?.Value,
                Since = since.ToUniversalTime(),
                Until = until.ToUniversalTime(),
                RowsMost,
            },
            stop);
        var waiting = await database.QueryOne<long>(
            "select coalesce(sum(acknowledged_seq - rolled_seq), 0)::bigint from metering.emitter", null, stop);
        return Results.Ok(new Page(rows, waiting));
    }
}
