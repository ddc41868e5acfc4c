using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Delivery;

/// <summary>Looks again and again at content that cannot be delivered: whoever put it right need not tell us, or start us again.</summary>
internal sealed partial class WatchContent(
    ContentFaults faults, ContentCheck checks, Catalog catalog, GateClock clock, ILogger<WatchContent> log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, clock.Own);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var blob in faults.Blobs)
            {
                try
                {
                    await Look(blob, stoppingToken);
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    LogNotRead(blob.Sha256, failure.Message);
                }
            }
        }
    }

    private async Task Look(Blob blob, CancellationToken stop)
    {
        if (catalog.Names(blob))
        {
            await checks.Again(blob, stop);
        }
        else
        {
            faults.Remove(blob);
        }
    }

    [LoggerMessage(7303, LogLevel.Debug, "Blob {Sha256} cannot be read yet: {Why}")]
    private partial void LogNotRead(string sha256, string why);
}
