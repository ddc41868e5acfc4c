using System.Net;
using Tallystick.Core.Gates;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Feed;

/// <summary>
/// Tells the server how this gate is, when it changed and four times a minute, and hears whether another process has taken
/// its epoch. Apart from the feed: a long poll tells nothing while it waits.
/// </summary>
internal sealed partial class StateReporter(
    UpstreamServer server, GateLink link, GateReadiness readiness, StateReporter.Settings settings, ILogger<StateReporter> log)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(15);

    /// <summary>What a report is made of besides the reasons.</summary>
    internal sealed record Settings(GateInstance Instance, LocalLog Log, EpochTokens Tokens, SetAsideEvents SetAside, GateClock Clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = "";
        var toldAt = 0L;
        using var timer = new PeriodicTimer(LookEvery, settings.Clock.Own);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var state = State();
            var words = string.Join('\n', state.Reasons) + state.EventsSetAside + '/' + state.Epoch;
            if (settings.Tokens.Of(state.Epoch) is not { } token || (words == told && settings.Clock.Since(toldAt) < TellEvery))
            {
                continue;
            }

            try
            {
                Stand(await server.Post<GateStanding>("/gate/v1/state", state, stoppingToken, token));
                (told, toldAt) = (words, settings.Clock.Ticks);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                if (failure is HttpRequestException { StatusCode: HttpStatusCode.Conflict })
                {
                    link.NeedEpoch(new("the server does not take the token of this gate's epoch"));
                }

                LogNotTold(failure.Message);
                (told, toldAt) = ("", settings.Clock.Ticks);
                await Task.Delay(LookEvery * 4, settings.Clock.Own, stoppingToken);
            }
        }
    }

    private void Stand(GateStanding standing)
    {
        if (standing.Fenced && !link.IsFenced)
        {
            LogFenced();
        }

        link.Stands(standing.Fenced);
        if (standing.Unknown)
        {
            link.NeedEpoch(new("the server was restored to a time before this gate's epoch"));
        }
    }

    private GateState State()
    {
        long epoch;
        lock (settings.Log.Sync)
        {
            epoch = settings.Log.State.Epoch;
        }

        return new GateState(
            settings.Instance.Id,
            epoch,
            [.. readiness.Reasons().Select(OneLine)],
            readiness.EventsWaiting,
            settings.SetAside.Count);
    }

    private static string OneLine(string reason) => string.Concat(
        reason.Take(GateState.ReasonMost).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));

    [LoggerMessage(7501, LogLevel.Debug, "The server was not told how this gate is: {Why}")]
    private partial void LogNotTold(string why);

    [LoggerMessage(7502, LogLevel.Error, "Another process took this gate's epoch: nothing is leased any more. Stop it, or give it a secret of its own")]
    private partial void LogFenced();
}
