using Tallystick.Core.Access;
using Tallystick.Core.Gates;
using Tallystick.Core.Usage;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>
/// Asks the server for leases: one question at a time per licence and meter, in the background before one runs out. Cut
/// off from the server, deliveries go on inside what is leased and nothing is ever delivered beyond it.
/// </summary>
internal sealed partial class LeaseBroker(
    UpstreamServer server, GateLink link, LocalLog spool, LeaseBroker.Settings settings, ILogger<LeaseBroker> log)
{
    /// <summary>
    /// How often one delivery asks before it gives up: a licence may need both kinds of lease, a return may be under way, and
    /// others may take what was granted.
    /// </summary>
    public const int AsksMost = 3;

    /// <summary>What a broker is configured by, and what speaks for the epoch.</summary>
    internal sealed record Settings(GateOptions Options, GateClock Clock, EpochTokens Tokens);

    private static readonly TimeSpan ExhaustedHolds = TimeSpan.FromSeconds(1);

    /// <summary>True when a connected gate must ask before it delivers more.</summary>
    public bool MustRenew(LeaseAsker asker) => link.IsConnected && asker.ExpiresMs <= settings.Clock.NowMs;

    /// <summary>Asks in the background when less than half of the last step is left.</summary>
    public void KeepAhead(LicenceAccount account, LeaseAsker asker)
    {
        if (link.IsConnected && asker.Exhausted is null && account.Read(asker.Meter).Available < asker.Step / 2)
        {
            _ = Asking(account, asker);
        }
    }

    /// <summary>
    /// Asks and waits, but not longer than a buyer should. Afterwards the lease may reach or not; <see cref="LeaseAsker.Exhausted"/>
    /// says why, null when the server did not answer.
    /// </summary>
    public Task Ask(LicenceAccount account, LeaseAsker asker, long needed, CancellationToken stop) =>
        asker.Exhausted is not null && settings.Clock.Ticks < asker.AskAgainAt ? Task.CompletedTask : Renew(account, asker, needed, stop);

    /// <summary>Asks although the lease may still reach: its time is over.</summary>
    public async Task Renew(LicenceAccount account, LeaseAsker asker, long needed, CancellationToken stop)
    {
        var began = settings.Clock.Own.GetTimestamp();
        var most = TimeSpan.FromMilliseconds(settings.Options.LeaseWaitMilliseconds);
        var earlier = Need(asker, needed);
        try
        {
            // A question that was on its way before knows nothing of this need: the next one does.
            if (earlier is not null)
            {
                await earlier.WaitAsync(most, settings.Clock.Own, stop);
                if (account.Read(asker.Meter).Available >= needed)
                {
                    return;
                }
            }

            var rest = most - settings.Clock.Own.GetElapsedTime(began);
            await Asking(account, asker).WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, settings.Clock.Own, stop);
        }
        catch (TimeoutException)
        {
            LogSlow(account.Tally.LicenceId.ToString());
        }
        catch (HttpRequestException failure)
        {
            // A return that was under way failed; whoever waited for it asks on its own.
            LogNoLease(account.Tally.LicenceId.ToString(), failure.Message);
        }
        finally
        {
            _ = Need(asker, -needed);
        }
    }

    /// <summary>Returns the leases of licences that nobody used for a while.</summary>
    public async Task ReturnIdle(LicenceAccount account, CancellationToken stop)
    {
        foreach (var asker in (LeaseAsker[])[account.Bytes, account.Uses])
        {
            Task returning;
            lock (asker)
            {
                // In the place of a question: the server must not hear of a new lease first and of this return after it.
                if (asker.Asking is { IsCompleted: false } || account.Return(asker.Meter) is not { } kept)
                {
                    continue;
                }

                asker.Step = 0;
                returning = asker.Asking = Return(account, asker, kept, stop);
            }

            await returning;
        }
    }

    // What is given up here is given up in any case, also after a crash: it is on disk before the server hears of it. If
    // the server does not hear of it now, it keeps it reserved until the next question about this licence tells it. A
    // return that does not know the newest answer (it was lost, or this gate was started again) hears of it and is repeated once.
    private async Task Return(LicenceAccount account, LeaseAsker asker, LeasedQuantity kept, CancellationToken stop)
    {
        await spool.Durable();
        for (var told = 0; told < 2; told++)
        {
            var epoch = Epoch();
            var answer = await server.Post<LeaseGrant>(
                "/gate/v1/leases/return",
                new LeaseRequest(account.Tally.LicenceId, asker.Meter, epoch, kept.Spent, kept.Granted, Version: asker.Version),
                stop,
                Token(epoch));
            asker.Version = answer.Version;
            if (answer.GrantedTotal <= kept.Granted)
            {
                return;
            }
        }
    }

    /// <summary>Somebody who waits needs so much more, or less again; returns the question that was under way before.</summary>
    private static Task? Need(LeaseAsker asker, long more)
    {
        lock (asker)
        {
            asker.Needed += more;
            return asker.Asking is { IsCompleted: false } asking ? asking : null;
        }
    }

    private Task Asking(LicenceAccount account, LeaseAsker asker)
    {
        lock (asker)
        {
            if (asker.Asking is not { IsCompleted: false })
            {
                var needed = asker.Needed;
                asker.Asking = Task.Run(() => AskServer(account, asker, needed));
            }

            return asker.Asking;
        }
    }

    private async Task AskServer(LicenceAccount account, LeaseAsker asker, long needed)
    {
        try
        {
            var most = asker.Meter == Meter.BytesDelivered ? settings.Options.LeaseBytes : settings.Options.LeaseUses;
            asker.Step = Math.Min(most, asker.Step == 0 ? Math.Max(1, most / 16) : asker.Step * 2);
            var have = account.Read(asker.Meter);
            var taken = checked(have.Spent + have.Reserved);
            var wanted = checked(taken + Math.Max(needed, asker.Step));
            var epoch = Epoch();
            var grant = await server.Post<LeaseGrant>(
                "/gate/v1/leases",
                new LeaseRequest(
                    account.Tally.LicenceId, asker.Meter, epoch, have.Spent, wanted, checked(taken + needed), asker.Version),
                CancellationToken.None,
                Token(epoch));
            account.Granted(asker.Meter, grant.GrantedTotal, grant.ExpiresAt);
            asker.Version = grant.Version;
            // A small wallet gives less ahead than was asked for: asking for it again with every delivery would not help.
            asker.Step = Math.Clamp(grant.GrantedTotal - taken, 1, asker.Step);
            asker.ExpiresMs = grant.ExpiresAt.ToUnixTimeMilliseconds();
            asker.AskAgainAt = settings.Clock.Ticks + (long)(ExhaustedHolds.TotalSeconds * settings.Clock.Own.TimestampFrequency);
            asker.Exhausted = grant.Exhausted;
        }
        catch (Exception failure)
        {
            asker.Exhausted = null;
            LogNoLease(account.Tally.LicenceId.ToString(), failure.Message);
        }
    }

    // Without it the question would only look like another's.
    private string Token(long epoch) =>
        settings.Tokens.Of(epoch) ?? throw new HttpRequestException("The token of this gate's epoch is not here.");

    private long Epoch()
    {
        lock (spool.Sync)
        {
            return spool.State.Epoch;
        }
    }

    [LoggerMessage(7201, LogLevel.Warning, "No lease for licence {Licence}: {Why}")]
    private partial void LogNoLease(string licence, string why);

    [LoggerMessage(7202, LogLevel.Warning, "The lease for licence {Licence} did not come in time")]
    private partial void LogSlow(string licence);
}
