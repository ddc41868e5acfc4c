using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;

namespace Tallystick.Gate.Feed;

/// <summary>
/// Follows the server by long polls. 1. What is on disk is applied before the gate listens. 2. A gate that needs an epoch asks
/// for one. 3. Every page is stored, then applied. What is stored and damaged is kept aside and comes anew from the server, and until
/// it has come nothing is delivered. 4. A server to which our number means nothing, because it was restored to an
/// earlier time or is another one, says so or has a newest number below ours: we begin anew with it.
/// </summary>
internal sealed partial class FeedFollower(
    UpstreamServer server, Catalog catalog, GateLink link, FeedFollower.Settings settings, ILogger<FeedFollower> log)
    : BackgroundService
{
    private const int NeedySeconds = 5;

    private readonly FeedStore _file = new(Path.Combine(settings.Options.DataFolder, "feed.jsonl"));

    /// <summary>What a follower is configured by.</summary>
    internal sealed record Settings(GateOptions Options, GateClock Clock, EpochKeeper Epochs);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // 1
        try
        {
            foreach (var line in _file.Load())
            {
                Apply(line);
            }

            link.Position = _file.Position;
        }
        catch (InvalidDataException damaged)
        {
            Distrust(damaged);
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backOff = new BackOff(settings.Clock.Own);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // 2
                await settings.Epochs.Ensure(stoppingToken);
                await Poll(stoppingToken);
                backOff.Succeeded();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                link.Lost();
                LogLost(failure.Message);
                await backOff.Wait(stoppingToken);
            }
        }
    }

    // 3
    private async Task Poll(CancellationToken stop)
    {
        // The first answer is asked for at once: a gate that just started wants to know that it is up to date. One that needs an
        // epoch and did not get it asks again soon.
        var wait = link.Need is not null ? Math.Min(NeedySeconds, settings.Options.FeedWaitSeconds) : link.IsConnected ? settings.Options.FeedWaitSeconds : 0;
        var url = string.Create(CultureInfo.InvariantCulture, $"/gate/v1/feed?after={_file.Position}&wait={wait}&generation={Uri.EscapeDataString(_file.Generation)}");
        var page = await server.Get(url, TimeSpan.FromSeconds(wait + 10), stop);
        var head = page["head"]!.GetValue<long>();
        settings.Clock.ServerSays(page["server_time"].Deserialize<DateTimeOffset>(TallyJson.Options));
        // 4
        var fromStart = page["from_start"]?.GetValue<bool>() ?? false;
        if (fromStart || head < _file.Position)
        {
            LogRestarted(head, _file.Position);
            link.BeginAnew("the server's feed does not go on from ours");
            _file.Clear();
            catalog.Clear();
            if (!fromStart)
            {
                return;
            }
        }

        var lines = page["entries"]!.AsArray().Select(Read).ToList();
        try
        {
            _file.Append(page["generation"]?.GetValue<string>() ?? "", lines);
        }
        catch (InvalidDataException damaged)
        {
            Distrust(damaged);
            return;
        }

        foreach (var line in lines)
        {
            Apply(line);
        }

        link.Heard(_file.Position, head);
    }

    private void Distrust(InvalidDataException damaged)
    {
        catalog.Clear();
        link.BeginAnew("the copy of the feed on this gate's disk was damaged");
        LogDamaged(damaged.Message, _file.SetAside());
    }

    private static FeedLine Read(JsonNode? entry) =>
        FeedLine.From(entry) ?? throw new InvalidDataException("The feed holds an entry without seq, kind or key.");

    private void Apply(FeedLine line)
    {
        if (KindOf(line.Kind) is not { } kind || !catalog.Apply(kind, line.Key, line.Body))
        {
            LogNotUnderstood(line.Seq, line.Kind, line.Key);
        }
    }

    private static FeedKind? KindOf(string name) => name switch
    {
        "signing_key" => FeedKind.SigningKey,
        "work" => FeedKind.Work,
        "offer" => FeedKind.Offer,
        "licence_status" => FeedKind.LicenceStatus,
        "version" => FeedKind.Version,
        _ => null,
    };

    [LoggerMessage(7001, LogLevel.Warning, "The server does not answer the feed: {Why}")]
    private partial void LogLost(string why);

    [LoggerMessage(7003, LogLevel.Warning, "The server's feed (up to {Head}) does not go on from ours (up to {Position}): it is read from its beginning")]
    private partial void LogRestarted(long head, long position);

    [LoggerMessage(7005, LogLevel.Error, "{What} It was kept as {Aside}, and the feed is read from its beginning; nothing is delivered before it has come")]
    private partial void LogDamaged(string what, string aside);

    [LoggerMessage(7004, LogLevel.Error, "Entry {Seq} of the feed ({Kind} {Key}) is not understood and was passed over")]
    private partial void LogNotUnderstood(long seq, string kind, string key);
}
