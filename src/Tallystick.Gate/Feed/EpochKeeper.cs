using System.Net;
using Tallystick.Core.Gates;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Feed;

/// <summary>
/// Gets an epoch for a gate that has none, and another for one whose epoch is no good any more: its token is lost, its server was
/// restored, its log turns out to be a copy, or another took its place. The log goes on: 1. The server is told which epoch ends and
/// says how much of it is there. 2. The token is kept first: an epoch without it is worth nothing. 3. What the server does not have
/// goes out under the new epoch. While another holds the gate and lives the server refuses; the rest of the gate's work goes on.
/// </summary>
internal sealed partial class EpochKeeper(
    UpstreamServer server, LocalLog spool, GateLink link, EpochKeeper.Settings settings, ILogger<EpochKeeper> log)
{
    /// <summary>Who asks, and where the answer is kept.</summary>
    internal sealed record Settings(GateInstance Instance, EpochTokens Tokens);

    public async Task Ensure(CancellationToken stop)
    {
        var need = link.Need;
        if (link.HasEpoch && need is null)
        {
            return;
        }

        var (epoch, after, acknowledged) = Now();
        try
        {
            // 1
            var grant = await server.Post<EpochGrant>(
                "/gate/v1/epochs",
                new EpochRequest(
                    settings.Instance.Id, epoch == 0 ? null : new(epoch, settings.Tokens.LeasesOf(epoch), acknowledged - after)),
                stop);
            // 2
            settings.Tokens.Keep(grant);
            // 3
            if (epoch == 0)
            {
                await spool.Begin(grant.GateId, grant.Epoch);
            }
            else
            {
                await spool.GoOn(grant.GateId, grant.Epoch, need?.After ?? (after + grant.EndedAt ?? acknowledged));
            }

            link.Began();
            LogEpoch(grant.Epoch, grant.GateId.ToString(), need?.Why ?? "the log is new");
        }
        catch (HttpRequestException held) when (held.StatusCode == HttpStatusCode.Conflict)
        {
            link.IsHeldElsewhere = true;
            if (!link.HasEpoch)
            {
                throw;
            }
        }
    }

    private (long Epoch, long After, long Acknowledged) Now()
    {
        lock (spool.Sync)
        {
            return (spool.State.Epoch, spool.State.EpochAfter, spool.State.AcknowledgedSeq);
        }
    }

    [LoggerMessage(7002, LogLevel.Information, "Epoch {Epoch} of gate {Gate} began: {Why}")]
    private partial void LogEpoch(long epoch, string gate, string why);
}
