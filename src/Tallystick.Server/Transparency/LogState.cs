using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Tallystick.Hosting;

namespace Tallystick.Server.Transparency;

/// <summary>What this process knows of the log: whether it may go on, and the figures it shows.</summary>
internal sealed class LogState : IHealthCheck
{
    private readonly Histogram<double> _latency;
    private volatile string? _refusal;
    private long _size;
    private long _pending;

    public LogState()
    {
        // Milliseconds: from the transaction that appended to the checkpoint that covers it.
        _latency = Telemetry.Meter.CreateHistogram<double>("tally.log.publish_latency_ms", "ms");
        Telemetry.Meter.CreateObservableGauge("tally.log.pending", () => Interlocked.Read(ref _pending));
        Telemetry.Meter.CreateObservableGauge("tally.log.size", () => Interlocked.Read(ref _size));
    }

    /// <summary>Why the log stopped, or null.</summary>
    public string? Refusal => _refusal;

    /// <summary>Going on could contradict what was published: it stays like this until someone restores and restarts.</summary>
    public void Refuse(string reason) => _refusal = reason;

    public void Grew(long size, long pending)
    {
        Interlocked.Exchange(ref _size, size);
        Interlocked.Exchange(ref _pending, pending);
    }

    public void Published(TimeSpan after) => _latency.Record(after.TotalMilliseconds);

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Refusal is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(Refusal));
}
