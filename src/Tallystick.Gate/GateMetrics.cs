using System.Diagnostics.Metrics;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>Counters that a request touches are plain numbers, read only when somebody asks.</summary>
internal sealed class GateMetrics
{
    private long _began;
    private long _bytes;

    public GateMetrics(LocalLog log, GateLink link, GateClock clock)
    {
        var meter = Telemetry.Meter;
        meter.CreateObservableCounter("tally_gate_deliveries", () => Interlocked.Read(ref _began));
        meter.CreateObservableCounter("tally_gate_bytes_delivered", () => Interlocked.Read(ref _bytes));
        meter.CreateObservableGauge("tally_gate_flushed_not_durable_bytes", () => log.FlushedNotDurable);
        meter.CreateObservableGauge("tally_gate_log_bytes", () => log.Writer.BytesOnDisk());
        meter.CreateObservableGauge("tally_gate_events_not_acknowledged", () => Unacknowledged(log));
        meter.CreateObservableGauge("tally_gate_feed_lag", () => link.Lag);
        meter.CreateObservableGauge("tally_gate_feed_silence_seconds", () => link.Silence.TotalSeconds);
        meter.CreateObservableGauge("tally_gate_connected", () => link.IsConnected ? 1 : 0);
        meter.CreateObservableGauge("tally_gate_clock_offset_seconds", () => clock.Offset.TotalSeconds);
        Refusals = meter.CreateCounter<long>("tally_gate_refusals");
    }

    public Counter<long> Refusals { get; }

    public void Began() => Interlocked.Increment(ref _began);

    public void Delivered(long bytes) => Interlocked.Add(ref _bytes, bytes);

    private static long Unacknowledged(LocalLog log)
    {
        lock (log.Sync)
        {
            return log.State.NextSeq - 1 - log.State.AcknowledgedSeq;
        }
    }
}
