using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>
/// Goes round the licences: returns idle leases, forgets uses beyond their time. Leases of an earlier run of this gate count
/// as used when it starts.
/// </summary>
internal sealed partial class LeaseKeeper(
    Licences licences, LeaseBroker broker, GateLink link, LocalLog spool, LeaseKeeper.Settings settings, ILogger<LeaseKeeper> log)
    : BackgroundService
{
    private const long DayMs = 86_400_000;

    /// <summary>What a keeper is configured by.</summary>
    internal sealed record Settings(GateOptions Options, GateClock Clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nobody may ever use them again, and what they hold of a wallet is then held for nothing.
        licences.TakeUpLeases();
        var idle = TimeSpan.FromSeconds(settings.Options.LeaseIdleSeconds);
        using var timer = new PeriodicTimer(idle / 4 < TimeSpan.FromSeconds(30) ? idle / 4 : TimeSpan.FromSeconds(30), settings.Clock.Own);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            spool.Forget((int)(settings.Clock.NowMs / DayMs) - settings.Options.UsesRememberedDays);
            foreach (var account in licences.All)
            {
                if (link.IsConnected && settings.Clock.Since(account.LastUsed) > idle)
                {
                    await Return(account, stoppingToken);
                }
            }
        }
    }

    private async Task Return(LicenceAccount account, CancellationToken stop)
    {
        try
        {
            await broker.ReturnIdle(account, stop);
        }
        catch (HttpRequestException failure)
        {
            LogNotReturned(account.Tally.LicenceId.ToString(), failure.Message);
        }
    }

    [LoggerMessage(7203, LogLevel.Warning, "The idle lease of licence {Licence} was not returned: {Why}")]
    private partial void LogNotReturned(string licence, string why);
}
