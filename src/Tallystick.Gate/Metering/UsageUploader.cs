using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Usage.Wire;
using Tallystick.Gate.Feed;
using Tallystick.Hosting;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Sends durable events to the server in their order. 1. Wait for events. 2. Read a batch from the log's files. 3. Send it; the
/// same numbers sent again change nothing. 4. What is acknowledged is noted in the log, and files without news are dropped.
/// </summary>
internal sealed partial class UsageUploader(
    LocalLog spool, UpstreamServer server, GateLink link, GateOptions options, GateClock clock, ILogger<UsageUploader> log)
    : BackgroundService
{
    private readonly EventReader _reader = new(spool);

    /// <summary>Set when the server will never take our events: somebody must look.</summary>
    public string? Stuck { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backOff = new BackOff(clock.Own);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // 1
                await spool.Writer.EventsDurable.WaitAsync(TimeSpan.FromSeconds(1), stoppingToken);
                while (link.HasEpoch && await UploadOne(stoppingToken))
                {
                    backOff.Succeeded();
                }

                await Task.Delay(TimeSpan.FromMilliseconds(options.UploadLingerMilliseconds), clock.Own, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogNotSent(failure.Message);
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
        var batch = _reader.Read();
        if (batch.Count == 0)
        {
            return false;
        }

        // 3
        using var span = Telemetry.Source.StartActivity("gate.upload_usage", ActivityKind.Client);
        span?.SetTag("tally.events", batch.Count);
        CrashPoint.Reach("gate.before_upload");
        var (status, body) = await server.PostBytes("/gate/v1/usage", batch.Bytes, "application/x-protobuf", stop);
        CrashPoint.Reach("gate.after_upload_before_ack");
        // 4
        if (status == HttpStatusCode.OK)
        {
            Acknowledged(checked((long)IngestReceipt.Parser.ParseFrom(body).AcknowledgedSeq), batch.LastSeq);
            return true;
        }

        if (status == HttpStatusCode.Conflict && AcknowledgedIn(body) is { } has && has < batch.FirstSeq)
        {
            // The server lacks earlier ones (it was restored): send them again if they are still here.
            _reader.Rewind(has);
            if (_reader.Read() is { Count: > 0 } again && again.FirstSeq == has + 1)
            {
                _reader.Rewind(has);
                return true;
            }
        }

        Stuck = $"The server refuses events {batch.FirstSeq}-{batch.LastSeq} with {(int)status}.";
        LogRefused(batch.FirstSeq, batch.LastSeq, (int)status);
        throw new HttpRequestException(Stuck, null, status);
    }

    private void Acknowledged(long has, long sent)
    {
        if (has > spool.Writer.DurableSeq)
        {
            // Numbers that we have not given out yet are taken: this folder is older than what the server saw.
            Stuck = $"The server has events up to {has}, this log ends at {spool.Writer.DurableSeq}: the data folder is an old copy. " +
                "Move it away so that a new epoch begins.";
            throw new InvalidDataException(Stuck);
        }

        Stuck = null;
        spool.Acknowledge(has);
        if (has < sent)
        {
            _reader.Rewind(has);
        }
    }

    private static long? AcknowledgedIn(byte[] problem)
    {
        try
        {
            return JsonNode.Parse(problem)?["acknowledged_seq"]?.GetValue<long>();
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    [LoggerMessage(7401, LogLevel.Warning, "Usage was not sent and stays in the log: {Why}")]
    private partial void LogNotSent(string why);

    [LoggerMessage(7402, LogLevel.Error, "The server refuses events {First} to {Last} with {Status}; they stay in the log")]
    private partial void LogRefused(long first, long last, int status);
}
