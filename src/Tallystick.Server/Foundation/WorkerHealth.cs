using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// How the workers of this process do. One that keeps failing, or whose step does not end, makes the server not ready: work
/// is accepted that nobody does. A worker that another process runs is that process's business.
/// </summary>
internal sealed class WorkerHealth(FoundationOptions options, TimeProvider clock) : IHealthCheck
{
    /// <summary>Steps are bounded parts of the work: one that takes so long waits for something that does not come.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(15);

    private static readonly Counter<long> Failures = Telemetry.Meter.CreateCounter<long>(
        "tally.worker.failures", description: "Steps of workers that failed.");

    private readonly ConcurrentDictionary<string, State> _workers = new(StringComparer.Ordinal);

    public void Began(string worker) => _workers.AddOrUpdate(
        worker, _ => new(clock.GetTimestamp(), null, null), (_, s) => s with { StepBegan = clock.GetTimestamp() });

    public void Ended(string worker) => _workers[worker] = new(null, null, null);

    public void Failed(string worker, Exception failure)
    {
        Failures.Add(1, new KeyValuePair<string, object?>("worker", worker));
        var what = failure.GetType().Name;
        _workers.AddOrUpdate(
            worker,
            _ => new(null, clock.GetTimestamp(), what),
            (_, s) => new(null, s.FailingSince ?? clock.GetTimestamp(), what));
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var bound = TimeSpan.FromSeconds(options.WorkerFailingSecondsMost);
        var stuck = _workers.ToArray()
            .Select(w => w.Value switch
            {
                { FailingSince: { } since } when clock.GetElapsedTime(since) is var failing && failing > bound =>
                    $"{w.Key} has failed for {(long)failing.TotalSeconds} s ({w.Value.Failure})",
                { StepBegan: { } began } when clock.GetElapsedTime(began) is var lasting && lasting > LongestStep =>
                    $"a step of {w.Key} has not ended for {(long)lasting.TotalSeconds} s",
                _ => null,
            })
            .OfType<string>()
            .Order(StringComparer.Ordinal)
            .ToList();
        return Task.FromResult(stuck.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", stuck)));
    }

    private sealed record State(long? StepBegan, long? FailingSince, string? Failure);
}
