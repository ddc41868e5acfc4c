using System.Collections.Concurrent;

namespace Tallystick.Server.Foundation;

/// <summary>Lets a slice say "there is work" to a worker by name, so that nobody waits for the next tick.</summary>
internal sealed class WakeUps
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _signals = new();

    public void Wake(string worker)
    {
        var signal = Signal(worker);
        if (signal.CurrentCount == 0)
        {
            signal.Release();
        }
    }

    public Task Wait(string worker, TimeSpan most, CancellationToken stop) => Signal(worker).WaitAsync(most, stop);

    private SemaphoreSlim Signal(string worker) => _signals.GetOrAdd(worker, _ => new SemaphoreSlim(0));
}

/// <summary>
/// Runs a step again and again: at once while it returns true, else after <paramref name="tick"/> or a wake-up. At most
/// one process runs a worker of a name (<see cref="Ownership"/>).
/// </summary>
internal sealed partial class Worker(
    string name,
    TimeSpan tick,
    Func<CancellationToken, Task<bool>> step,
    Ownership ownership,
    WakeUps wakeUps,
    WorkerHealth health,
    ILogger<Worker> log) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsOwner(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogFailed(failure, name);
                health.Failed(name, failure);
                await wakeUps.Wait(name + "/failed", AfterFailure, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunAsOwner(CancellationToken stop)
    {
        long? term;
        while ((term = await ownership.TryTake(name, stop)) is null)
        {
            // Another process does the work, and the database answers.
            health.Ended(name);
            await wakeUps.Wait(name, tick * 5, stop);
        }

        try
        {
            // Asked before each step but the first, so that a lost connection is noticed.
            do
            {
                health.Began(name);
                var more = await step(stop);
                health.Ended(name);
                if (!more)
                {
                    await wakeUps.Wait(name, tick, stop);
                }
            }
            while (await ownership.Stands(term.Value, stop));
        }
        finally
        {
            await ownership.GiveBack(name, term.Value, stop);
        }
    }

    [LoggerMessage(1003, LogLevel.Error, "Worker {Name} failed; it goes on in a moment.")]
    private partial void LogFailed(Exception failure, string name);
}

internal static class WorkerRegistration
{
    /// <summary>Adds a worker whose step is a method of a service of the container.</summary>
    public static IServiceCollection AddWorker<T>(
        this IServiceCollection services, string name, TimeSpan tick, Func<T, CancellationToken, Task<bool>> step)
        where T : class =>
        services.AddSingleton<IHostedService>(provider => new Worker(
            name,
            tick,
            stop => step(provider.GetRequiredService<T>(), stop),
            provider.GetRequiredService<Ownership>(),
            provider.GetRequiredService<WakeUps>(),
            provider.GetRequiredService<WorkerHealth>(),
            provider.GetRequiredService<ILogger<Worker>>()));
}
