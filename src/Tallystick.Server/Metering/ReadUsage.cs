using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// Roll-ups for buyers and creators, each of their own licences and works; the newest first, a page. Only as much of the time
/// asked for is added up as the page needs: windows before its end, each longer than the one after it.
/// </summary>
internal sealed class ReadUsage(Database database, TimeProvider clock)
{
    private const int RowsMost = 2_000;
    private const int WindowGrows = 4;

    /// <summary>In the year 9000; see <see cref="UsageWanted.Check"/>.</summary>
    private const long LatestSeconds = 221_845_392_000;

    /// <summary>Which part of the list.</summary>
    internal sealed record Part
    {
        /// <summary>Rows on a page, 1 to 2000; 200 when left out.</summary>
        [FromQuery(Name = "limit")]
        public int? Limit { get; init; }

        /// <summary>The <c>next</c> of the page before.</summary>
        [FromQuery(Name = "after")]
        public string? After { get; init; }
    }

    /// <param name="Hour">Start of the hour or day, UTC, by the gate's clock.</param>
    /// <param name="Quantity">In the meter's smallest unit; at most 2^63-1.</param>
    internal sealed record Row(
        DateTimeOffset Hour, WorkId WorkId, LicenceId LicenceId, Meter Meter, long Quantity, long Events);

    /// <param name="Usage">Newest first.</param>
    /// <param name="Next">What to send as <c>after</c>; null at the end.</param>
    /// <param name="NotYetRolledUp">Events acknowledged by the server that these totals do not hold yet.</param>
    internal sealed record Page(IReadOnlyList<Row> Usage, string? Next, long NotYetRolledUp);

    public async Task<Outcome<Page>> Handle(Caller caller, UsageWanted wanted, Part part, CancellationToken stop)
    {
        Row? after = null;
        var limit = part.Limit ?? PageQuery.LimitMost;
        var errors = new InputErrors()
            .Require(limit is >= 1 and <= RowsMost, "limit", $"1 to {RowsMost}.")
            .Require(part.After is null || TryKey(part.After, out after), "after", "Not a key of this list.");
        if (!wanted.Check(clock, errors).Succeeded(out var range, out var refusal))
        {
            return refusal;
        }

        var rows = new List<Row>();
        var slot = wanted.SlotLength;
        var (since, end) = (range.Since, after is null ? range.Until : Earlier(range.Until, after.Hour + slot));
        for (var (begin, length) = (Floor(end.AddTicks(-1), slot), slot); end > since && rows.Count <= limit; length *= WindowGrows)
        {
            rows.AddRange(await Window(caller, wanted, new(Later(begin, since), end), after, limit + 1 - rows.Count, stop));
            (begin, end) = (begin - length, begin);
        }

        return rows.Count > limit
            ? new Page(rows[..limit], Key(rows[limit - 1]), await NotYetRolledUp(database, stop))
            : new Page(rows, null, await NotYetRolledUp(database, stop));
    }

    public static Task<long> NotYetRolledUp(Database database, CancellationToken stop) => database.QueryOne<long>(
        "select coalesce(sum(acknowledged_seq - rolled_seq), 0)::bigint from metering.emitter where rolled_seq < acknowledged_seq", null, stop);

    private Task<IReadOnlyList<Row>> Window(
        Caller caller, UsageWanted wanted, UsageWanted.Range window, Row? after, int most, CancellationToken stop) => database.Query<Row>(
        $"""
        select date_trunc(@Slot, r.hour, 'UTC') as hour, r.work_id, r.licence_id, r.meter::int as meter,
          least(sum(r.quantity), 9223372036854775807)::bigint as quantity, sum(r.events)::bigint as events
        from metering.rollup r join metering.licence l on l.licence_id = r.licence_id
        where {wanted.VisibleSql(caller)}
          and (@Work::uuid is null or r.work_id = @Work) and (@Licence::uuid is null or r.licence_id = @Licence)
          and r.hour >= @Since and r.hour < @Until
          and (@Hour::timestamptz is null or r.hour < @Hour
            or (r.work_id, r.licence_id, r.meter::int) > (@AfterWork::uuid, @AfterLicence::uuid, @AfterMeter::int))
        group by 1, 2, 3, 4 order by 1 desc, 2, 3, 4 limit @most
        """,
        new
        {
            wanted.Slot,
            caller.Organisation,
            Work = wanted.Work?.Value,
            Licence = wanted.Licence?.Value,
            window.Since,
            window.Until,
            Hour = after?.Hour,
            AfterWork = after?.WorkId.Value,
            AfterLicence = after?.LicenceId.Value,
            AfterMeter = (int?)after?.Meter,
            most,
        },
        stop);

    private static string Key(Row row) => string.Create(
        CultureInfo.InvariantCulture, $"{row.Hour.ToUnixTimeSeconds()}.{row.WorkId}.{row.LicenceId}.{(int)row.Meter}");

    private static bool TryKey(string text, out Row? key)
    {
        key = null;
        if (text.Split('.') is not [var hour, var work, var licence, var meter] ||
            !long.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > LatestSeconds ||
            !WorkId.TryParse(work, null, out var workId) || !LicenceId.TryParse(licence, null, out var licenceId) ||
            !int.TryParse(meter, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        key = new Row(DateTimeOffset.FromUnixTimeSeconds(seconds), workId, licenceId, (Meter)number, 0, 0);
        return true;
    }

    private static DateTimeOffset Floor(DateTimeOffset at, TimeSpan slot) => at.AddTicks(-(at.UtcTicks % slot.Ticks));

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
