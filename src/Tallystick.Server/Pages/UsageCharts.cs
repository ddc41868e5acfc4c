using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Pages;

/// <summary>Roll-ups as bars: the last day by hour, the last month by day, one chart a meter.</summary>
internal static class UsageCharts
{
    private const int Days = 30;
    private const int Hours = 24;

    /// <param name="role">Whose: buyer or creator; null for the operator, who sees all.</param>
    /// <param name="licence">Only under this one; null for all.</param>
    public static async Task<UsageView> Read(PageApi api, DateTimeOffset now, string? role, LicenceId? licence = null)
    {
        var hour = new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.UtcDateTime.Hour), TimeSpan.Zero);
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var byHour = await api.Read<UsageTotals>(
            "AddUsageUp", new { @as = role, licence, by = "hour", from = hour.AddHours(1 - Hours), to = hour.AddHours(1) });
        var byDay = await api.Read<UsageTotals>(
            "AddUsageUp", new { @as = role, licence, by = "day", from = day.AddDays(1 - Days), to = day.AddDays(1) });
        return new UsageView(
            [.. Charts(byHour.Totals, Hours, i => hour.AddHours(i + 1 - Hours), "HH'h'", "yyyy-MM-dd HH:00 'UTC'", "hour")],
            [.. Charts(byDay.Totals, Days, i => day.AddDays(i + 1 - Days), "d MMM", "yyyy-MM-dd", "day")],
            byDay.NotYetRolledUp);
    }

    private static IEnumerable<MeterChart> Charts(
        IEnumerable<UsageTotal> totals, int count, Func<int, DateTimeOffset> start, string label, string name, string slot)
    {
        foreach (var meter in totals.GroupBy(r => r.Meter).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var sums = meter.ToDictionary(t => t.Hour.ToUniversalTime(), t => t.Quantity);
            yield return new MeterChart(
                meter.Key,
                slot,
                [.. Enumerable.Range(0, count).Select(i => new ChartPoint(
                    start(i).ToString(label, CultureInfo.InvariantCulture),
                    start(i).ToString(name, CultureInfo.InvariantCulture),
                    sums.GetValueOrDefault(start(i))))]);
        }
    }

    internal sealed record UsageTotal(DateTimeOffset Hour, string Meter, long Quantity);

    internal sealed record UsageTotals(IReadOnlyList<UsageTotal> Totals, long NotYetRolledUp);
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
