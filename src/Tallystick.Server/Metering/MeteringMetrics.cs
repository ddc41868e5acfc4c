using System.Diagnostics.Metrics;
using Tallystick.Hosting;

namespace Tallystick.Server.Metering;

internal static class MeteringMetrics
{
    public static readonly Counter<long> Ingested = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_events_total", "{event}", "Usage events accepted");

    public static readonly Counter<long> Duplicates = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_duplicates_total", "{event}", "Usage events that came again and were not counted again");

    public static readonly Counter<long> Repeats = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_repeats_total", "{event}", "Uses that had been counted before, at another gate or long ago, and are not billed");

    public static readonly Counter<long> Conflicts = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_conflicts_total", "{event}", "Usage events that came again with another content");

    public static readonly Counter<long> Sealed = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_sealed_total", "{event}", "Usage events sealed");

    public static readonly Counter<long> SetAside = Telemetry.Meter.CreateCounter<long>(
        "tally_usage_set_aside_total", "{event}", "Usage events that do not count until the operator says so");
}
