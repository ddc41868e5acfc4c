using System.Diagnostics;
using System.Net;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage.Wire;
using Tallystick.Gate.Feed;
using Tallystick.Hosting;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Sends durable events to the server in their order. 1. Wait for events. 2. Read a batch from the log's files. 3. Send it; the
/// same numbers sent again change nothing. 4. What is acknowledged is noted in the log, and files without news are dropped.
/// 5. A batch that is refused for its size or its content is halved, down to one event; that one is set aside, the rest goes on.
/// 6. When the server has other events under these numbers, or lacks some that are not here any more, another epoch is needed.
/// </summary>
internal sealed partial class UsageUploader(
    LocalLog spool, UpstreamServer server, GateLink link, UsageUploader.Settings settings, ILogger<UsageUploader> log)
    : BackgroundService
{
    private static readonly TimeSpan FailingMost = TimeSpan.FromSeconds(60);
    private readonly EventReader _reader = new(spool, settings.SetAside);
    private readonly BatchSize _size = new(EventReader.EventsMost);
    private long? _failingSince;
    private long _epoch;

    /// <summary>What an uploader is configured by, and where it puts what nobody takes.</summary>
    internal sealed record Settings(GateOptions Options, GateClock Clock, EpochTokens Tokens, SetAsideEvents SetAside);

    /// <summary>Set when the server will not take our events: somebody must look.</summary>
    public string? Stuck { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backOff = new BackOff(settings.Clock.Own);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // 1
                await spool.Writer.EventsDurable.WaitAsync(TimeSpan.FromSeconds(1), stoppingToken);
                while (link.MaySend && await UploadOne(stoppingToken))
                {
                    backOff.Succeeded();
                }

                await Task.Delay(
                    TimeSpan.FromMilliseconds(settings.Options.UploadLingerMilliseconds), settings.Clock.Own, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogNotSent(failure.Message);
                Failed(failure);
                _reader.Rewind();
                await backOff.Wait(stoppingToken);
            }
        }
    }

    public override void Dispose()
    {
        _reader.Dispose();
        base.Dispose();
    }

    private async Task<bool> UploadOne(CancellationToken stop)
    {
        // 2
        if (Epoch() is var epoch && epoch != _epoch)
        {
            // What went out under the one before and did not count goes out again.
            _reader.Rewind();
            (_epoch, Stuck) = (epoch, null);
        }

        var batch = _reader.Read(_size.Events);
        if (batch.Count == 0 || settings.Tokens.Of(batch.Epoch) is not { } token)
        {
            return false;
        }

        // 3
        using var span = Telemetry.Source.StartActivity("gate.upload_usage", ActivityKind.Client);
        span?.SetTag("tally.events", batch.Count);
        CrashPoint.Reach("gate.before_upload");
        var (status, body) = await server.PostBytes("/gate/v1/usage", batch.Bytes, "application/x-protobuf", token, stop);
        CrashPoint.Reach("gate.after_upload_before_ack");
        if (batch.Epoch != Epoch())
        {
            // The log went on under another epoch meanwhile, from what the server had then.
            return true;
        }

        // 4
        if (status == HttpStatusCode.OK)
        {
            Acknowledged(checked(batch.After + (long)IngestReceipt.Parser.ParseFrom(body).AcknowledgedSeq), batch.LastSeq);
            return true;
        }

        // 5
        if (IsForItself(status) && Lessen(batch, (int)status))
        {
            return true;
        }

        if (status == HttpStatusCode.Conflict && Settle(batch, UsageRefusal.Read(body)))
        {
            return true;
        }

        var refused = $"The server refuses events {batch.FirstSeq}-{batch.LastSeq} with {(int)status}.";
        if (!IsPassing(status))
        {
            Stuck = refused;
            LogRefused(batch.FirstSeq, batch.LastSeq, (int)status);
        }

        throw new HttpRequestException(refused, null, status);
    }

    /// <summary>6. True when sending goes on, now or under another epoch.</summary>
    private bool Settle(EventBatch batch, UsageRefusal refusal)
    {
        switch (refusal.Kind)
        {
            case "usage-sequence-gap" when batch.After + refusal.AcknowledgedSeq is { } has && has < batch.FirstSeq:
                // The server lacks earlier ones (it was restored): send them again if they are still here.
                _reader.Rewind(has);
                if (_reader.Read(1) is { Count: > 0 } again && again.FirstSeq == has + 1)
                {
                    _reader.Rewind(has);
                    return true;
                }

                link.NeedEpoch(new(Missing(batch.FirstSeq - 1 - has)));
                return true;
            case "usage-identity-conflict" when refusal.Seq is { } seq:
                link.NeedEpoch(new("the server has other events under these numbers: this folder is a copy", batch.After + seq - 1));
                return true;
            case "usage-epoch-ended" or "epoch-token-wrong" or "epoch-fenced":
                link.NeedEpoch(new($"the server takes nothing under this epoch ({refusal.Kind})"));
                return true;
            default:
                return false;
        }
    }

    private static string Missing(long events) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"the server was restored: {events} events that it had acknowledged are lost");

    /// <summary>The refusal is about what was sent, and not about who sends it or when.</summary>
    private static bool IsForItself(HttpStatusCode status) => status is
        HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableContent;

    /// <summary>It may be otherwise in a moment, without anybody's doing.</summary>
    private static bool IsPassing(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    // A placeholder that is refused as well means that the server takes nothing of ours: then nothing more is set aside.
    private bool Lessen(EventBatch batch, int status)
    {
        if (batch.Count > 1)
        {
            _size.Refused(batch.Count);
            _reader.Rewind(batch.FirstSeq - 1);
            return true;
        }

        var epoch = Epoch();
        if (settings.SetAside.Instead(epoch, batch.FirstSeq) is not null)
        {
            return false;
        }

        settings.SetAside.Add(
            epoch, batch.FirstSeq, _reader.Single(batch.FirstSeq), status, settings.Clock.Own.GetUtcNow());
        LogSetAside(epoch, batch.FirstSeq, status);
        _reader.Rewind(batch.FirstSeq - 1);
        return true;
    }

    private void Acknowledged(long has, long sent)
    {
        (Stuck, _failingSince) = (null, null);
        _size.Taken();
        if (has > spool.Writer.DurableSeq)
        {
            // All of these are there, and numbers that we have not given out yet are taken: this folder is older than what the
            // server saw.
            spool.Acknowledge(sent);
            link.NeedEpoch(new("the server has more events of this epoch than this log: the data folder is an old copy", sent));
            return;
        }

        spool.Acknowledge(has);
        if (has < sent)
        {
            _reader.Rewind(has);
        }
    }

    // A server that answers the feed and takes no usage for a minute is no outage that ends by itself.
    // What breaks a connection while a batch is on its way may be a refusal for its size that could not be heard.
    private void Failed(Exception failure)
    {
        if (failure is HttpRequestException { StatusCode: null })
        {
            _size.Refused(_size.Events);
        }

        if (failure is InvalidDataException or FileNotFoundException)
        {
            // The log itself: no later try finds it whole.
            Stuck = failure.Message;
            LogDamaged(failure.Message);
            return;
        }

        _failingSince ??= settings.Clock.Ticks;
        if (link.IsConnected && settings.Clock.Since(_failingSince.Value) > FailingMost)
        {
            Stuck ??= failure.Message;
        }
    }

    private long Epoch()
    {
        lock (spool.Sync)
        {
            return spool.State.Epoch;
        }
    }

    [LoggerMessage(7401, LogLevel.Warning, "Usage was not sent and stays in the log: {Why}")]
    private partial void LogNotSent(string why);

    [LoggerMessage(7403, LogLevel.Critical, "Usage cannot be sent, because it cannot be read: {Why}")]
    private partial void LogDamaged(string why);

    [LoggerMessage(7402, LogLevel.Error, "The server refuses events {First} to {Last} with {Status}; they stay in the log")]
    private partial void LogRefused(long first, long last, int status);

    [LoggerMessage(7500, LogLevel.Error, "Event {Seq} of epoch {Epoch} is refused with {Status} and was set aside in this gate's folder")]
    private partial void LogSetAside(long epoch, long seq, int status);
}
