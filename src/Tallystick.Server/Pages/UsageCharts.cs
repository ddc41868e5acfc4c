using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Pages;

/// <summary>Roll-ups as bars: the last day by hour, the last month by day, one chart a meter.</summary>
internal static class UsageCharts
{
    private const int Days = 30;
    private const int Hours = 24;

    /// <param name="licences">Only usage under these; null for all that the caller may see.</param>
    /// <param name="notUnder">Usage under these is left out.</param>
    public static async Task<UsageView> Read(
        PageApi api, DateTimeOffset now, HashSet<string>? licences, HashSet<string>? notUnder)
    {
        bool Wanted(UsageRow row) =>
            (licences is null || licences.Contains(row.LicenceId.ToString())) &&
            (notUnder is null || !notUnder.Contains(row.LicenceId.ToString()));

        var hour = new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.UtcDateTime.Hour), TimeSpan.Zero);
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var byHour = await api.Read<UsagePage>("ReadUsage", new { by = "hour", from = hour.AddHours(1 - Hours), to = hour.AddHours(1) });
        var byDay = await api.Read<UsagePage>("ReadUsage", new { by = "day", from = day.AddDays(1 - Days), to = day.AddDays(1) });
        return new UsageView(
            [.. Charts(byHour.Usage.Where(Wanted), Hours, i => hour.AddHours(i + 1 - Hours), "HH'h'", "yyyy-MM-dd HH:00 'UTC'", "hour")],
            [.. Charts(byDay.Usage.Where(Wanted), Days, i => day.AddDays(i + 1 - Days), "d MMM", "yyyy-MM-dd", "day")],
            byDay.NotYetRolledUp);
    }

    private static IEnumerable<MeterChart> Charts(
        IEnumerable<UsageRow> rows, int count, Func<int, DateTimeOffset> start, string label, string name, string slot)
    {
        foreach (var meter in rows.GroupBy(r => r.Meter).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var sums = meter.GroupBy(r => r.Hour.ToUniversalTime()).ToDictionary(g => g.Key, g => g.Sum(r => r.Quantity));
            yield return new MeterChart(
                meter.Key,
                slot,
                [.. Enumerable.Range(0, count).Select(i => new ChartPoint(
                    start(i).ToString(label, CultureInfo.InvariantCulture),
                    start(i).ToString(name, CultureInfo.InvariantCulture),
                    sums.GetValueOrDefault(start(i))))]);
        }
    }

    internal sealed record UsageRow(DateTimeOffset Hour, LicenceId LicenceId, string Meter, long Quantity);

    internal sealed record UsagePage(IReadOnlyList<UsageRow> Usage, long NotYetRolledUp);
}

/// <summary>Usage of one meter over time.</summary>
public sealed record MeterChart(string Meter, string Slot, IReadOnlyList<ChartPoint> Points)
{
    public string Title => Meter switch
    {
        "bytes_delivered" => "Bytes delivered",
        "segment_unlocked" => "Uses (a file in a pass)",
        _ => Words.Plain(Meter),
    };
}

/// <summary>The charts of a page.</summary>
public sealed record UsageView(IReadOnlyList<MeterChart> ByHour, IReadOnlyList<MeterChart> ByDay, long NotYetRolledUp)
{
    public bool IsEmpty => ByDay.Count == 0 && ByHour.Count == 0;
}
