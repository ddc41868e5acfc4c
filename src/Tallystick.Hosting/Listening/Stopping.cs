using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Tallystick.Hosting.Listening;

/// <summary>
/// How a host stops. 1. It says that it is not ready, and still answers everything, so that what stands in front of it sends
/// nothing more. 2. It listens no more; answers under way go on to their end. 3. What lasts longer than it may is broken off.
/// </summary>
public sealed partial class Stopping(
    ListeningSettings settings, Connections connections, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Stopping> log)
    : IHostedLifecycleService, IDisposable
{
    private volatile bool _hasBegun;
    private ITimer? _end;

    /// <summary>From the moment on when it was asked to stop.</summary>
    public bool HasBegun => _hasBegun || lifetime.ApplicationStopping.IsCancellationRequested;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_hasBegun)
        {
            return;
        }

        // 1
        _hasBegun = true;
        LogBegan(settings.StopDelaySeconds, settings.StopSeconds);
        await Task.Delay(TimeSpan.FromSeconds(settings.StopDelaySeconds), clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // 2 is the server's own, 3
        _end = clock.CreateTimer(_ => connections.AbortAll(), null, TimeSpan.FromSeconds(settings.StopSeconds), Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _end?.Dispose();

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(7402, LogLevel.Information,
        "Stopping: not ready any more, still answering for {Delay} s; what is under way may take {Most} s")]
    private partial void LogBegan(int delay, int most);
}
