using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Gate.Tests.Support;

/// <summary>The server as a gate meets it: feed, epochs, leases from a small wallet, ingest. Scripted, and may be stopped.</summary>
internal sealed class ServerDouble : IAsyncDisposable
{
    public const string Secret = "tgk_0123456789abcdef";
    private readonly Lock _lock = new();
    private readonly List<FeedEntry> _feed = [];
    private readonly SortedDictionary<(long Epoch, long Seq), UsageEvent> _events = [];
    private readonly Dictionary<long, (string Token, bool Closed)> _epochs = [];
    private WebApplication? _app;
    private long _seq;
    private int _port;

    public GateId GateId { get; } = GateId.From(new Guid(77, 0, 0, new byte[8]));

    public string Url => $"http://127.0.0.1:{_port}";

    /// <summary>What may be granted in total per licence and meter.</summary>
    public ConcurrentDictionary<(LicenceId, Meter), long> Wallet { get; } = new();

    public ConcurrentDictionary<(LicenceId, Meter), long> Granted { get; } = new();

    public ConcurrentQueue<LeaseRequest> LeaseRequests { get; } = new();

    public ConcurrentQueue<string?> TraceParents { get; } = new();

    public TimeSpan ClockAhead { get; set; }

    /// <summary>Answers ingest with this status instead, when it is set.</summary>
    public int? RefuseUsage { get; set; }

    /// <summary>A body that is larger is refused with 413, as a host or a proxy would.</summary>
    public int? BodyBytesMost { get; set; }

    /// <summary>A batch with such an event is refused with 400.</summary>
    public Func<UsageEvent, bool>? RefuseEvent { get; set; }

    /// <summary>What the feed's numbers belong to.</summary>
    public string Generation { get; private set; } = "g1";

    /// <summary>Entries above this number are not handed out yet, although the head tells of them.</summary>
    public long? HoldAbove { get; set; }

    public long Head => Interlocked.Read(ref _seq);

    /// <summary>Another instance took the epoch.</summary>
    public bool Fenced { get; set; }

    /// <summary>Another instance holds the epoch and lives.</summary>
    public bool HeldElsewhere { get; set; }

    public ConcurrentQueue<GateState> States { get; } = new();

    private bool IsCopied { get; set; }

    /// <summary>Takes usage in, but the answer never arrives.</summary>
    public bool LoseReceipts { get; set; }

    public string ExhaustedWord { get; set; } = "wallet_empty";

    public TimeSpan LeaseLife { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How far a gate may go, in place of all that it would like up to <see cref="Wallet"/>.</summary>
    public Func<LeaseRequest, Task<long>>? Lessor { get; set; }

    /// <summary>Which uses another gate counted.</summary>
    public Func<UseQuestion, bool>? CountedElsewhere { get; set; }

    /// <summary>What parts of large files are checked by.</summary>
    public ConcurrentDictionary<string, BlobBlocks> Blocks { get; } = new();

    public int Epochs { get; private set; }

    /// <summary>The epochs that its gate ended.</summary>
    public ConcurrentQueue<EndedEpoch> Ended { get; } = new();

    public int Batches { get; private set; }

    public IReadOnlyList<UsageEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.Values];
            }
        }
    }

    public long Charged(Meter meter, LicenceId? licence = null) => Events
        .Where(e => e.Meter == (uint)meter && (licence is null || e.LicenceId.Span.SequenceEqual(licence.Value.Value.ToByteArray(true))))
        .Sum(e => (long)e.Quantity);

    public static async Task<ServerDouble> Start()
    {
        var server = new ServerDouble();
        await server.Up();
        return server;
    }

    public void Publish(FeedKind kind, string key, object? body)
    {
        lock (_lock)
        {
            _feed.RemoveAll(e => e.Kind == kind && e.Key == key);
            _feed.Add(new FeedEntry(++_seq, kind, key, body is null ? null : TallyJson.ToNode(body)));
        }
    }

    /// <summary>An entry of a kind that no gate of today knows.</summary>
    public string? Unknown { get; set; }

    /// <summary>The server as it was when a number was its newest: what came after never happened, and numbers come again.</summary>
    public void RestoreTo(long head)
    {
        lock (_lock)
        {
            _feed.RemoveAll(e => e.Seq > head);
            (_seq, Generation) = (head, Generation + "+");
        }
    }

    /// <summary>Usage of the newest epoch as it was when it had so many events.</summary>
    public void LoseUsage(int after)
    {
        lock (_lock)
        {
            foreach (var key in _events.Keys.Where(k => k.Epoch == Epochs && k.Seq > after).ToList())
            {
                _events.Remove(key);
            }
        }
    }

    /// <summary>Another copy of the gate's folder reports an event under the newest epoch.</summary>
    public void TakeFromAnother()
    {
        lock (_lock)
        {
            IsCopied = true;
            var seq = Has(Epochs) + 1;
            _events[(Epochs, seq)] = new UsageEvent { Seq = (ulong)seq, Meter = 1, Quantity = 1_000_000_007, LicenceId = ByteString.CopyFrom(new byte[16]) };
        }
    }

    /// <summary>Another server in its place: its numbers begin again.</summary>
    public void ForgetFeed()
    {
        lock (_lock)
        {
            _feed.Clear();
            _seq = 0;
        }
    }

    public async Task Up()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{_port}");
        builder.Services.ConfigureHttpJsonOptions(json => TallyJson.Apply(json.SerializerOptions));
        var app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Request.Headers.Authorization == $"Bearer {Secret}")
            {
                return next(context);
            }

            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        app.MapGet("/gate/v1/feed", Feed);
        app.MapGet("/gate/v1/blobs/{sha256}/blocks", (string sha256) =>
            Blocks.TryGetValue(sha256, out var blocks) ? Results.Ok(blocks) : Results.NotFound());
        app.MapPost("/gate/v1/epochs", Issue);
        app.MapPost("/gate/v1/state", (GateState state, HttpContext context) =>
        {
            if (!Speaks(context, state.Epoch))
            {
                return WrongToken;
            }

            States.Enqueue(state);
            return Results.Ok(new GateStanding(Fenced));
        });
        app.MapPost("/gate/v1/leases", async (LeaseRequest request, HttpContext context) =>
            Speaks(context, request.Epoch) ? Results.Ok(await Lease(request)) : WrongToken);
        app.MapPost("/gate/v1/leases/return", (LeaseRequest request, HttpContext context) =>
            Speaks(context, request.Epoch) ? Results.Ok(Return(request)) : WrongToken);
        app.MapPost("/gate/v1/uses", (UseQuestion question) => new UseAnswer(CountedElsewhere?.Invoke(question) == true));
        app.MapPost("/gate/v1/usage", (Delegate)Ingest);
        await app.StartAsync();
        _port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _app = app;
    }

    public async Task Down()
    {
        if (_app is { } app)
        {
            _app = null;
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await Down();

    private async Task<IResult> Feed(long after, int wait, string generation, HttpContext context)
    {
        var fromStart = after > 0 && generation != Generation;
        after = fromStart ? 0 : after;
        for (var i = 0; i < wait * 50; i++)
        {
            lock (_lock)
            {
                if (_seq != after)
                {
                    break;
                }
            }

            await Task.Delay(20, context.RequestAborted);
        }

        lock (_lock)
        {
            var page = TallyJson.ToNode(new FeedPage(
                [.. _feed.Where(e => e.Seq > after && e.Seq <= (HoldAbove ?? long.MaxValue)).Take(1000)],
                _seq, TimeProvider.System.GetUtcNow() + ClockAhead, Generation, fromStart));
            if (Unknown is not null)
            {
                page["entries"]!.AsArray().Insert(0, new JsonObject
                {
                    ["seq"] = Math.Min(_seq, after + 1), ["kind"] = Unknown, ["key"] = "x", ["body"] = new JsonObject(), ["new_member"] = 1,
                });
            }

            return Results.Text(page.ToJsonString(), "application/json");
        }
    }

    private static IResult WrongToken => Refuse("epoch-token-wrong");

    private static IResult Refuse(string kind, string? member = null, long number = 0) => Results.Json(
        new Dictionary<string, object> { ["type"] = $"https://tallystick.dev/problems/{kind}", [member ?? "detail"] = number }, statusCode: 409);

    private IResult Issue(EpochRequest request)
    {
        if (HeldElsewhere || request.Instance == Guid.Empty)
        {
            return Refuse("gate-held");
        }

        lock (_lock)
        {
            Fenced = false;
            long? has = null;
            if (request.Ended is { } ended)
            {
                Ended.Enqueue(ended);
                has = Has(ended.Epoch);
                _epochs[ended.Epoch] = _epochs[ended.Epoch] with { Closed = true };
            }

            _epochs[++Epochs] = ($"token-of-{Epochs}", false);
            return Results.Ok(new EpochGrant(GateId, Epochs, _epochs[Epochs].Token, request.Ended?.LeasesOf ?? Epochs, has));
        }
    }

    private bool Speaks(HttpContext context, long epoch)
    {
        lock (_lock)
        {
            return _epochs.TryGetValue(epoch, out var known) && context.Request.Headers[EpochTokenHeader.Name] == known.Token;
        }
    }

    private long Has(long epoch) => _events.Keys.Count(k => k.Epoch == epoch);

    private async Task<LeaseGrant> Lease(LeaseRequest request)
    {
        LeaseRequests.Enqueue(request);
        if (Lessor is { } lessor)
        {
            return new LeaseGrant(await lessor(request), TimeProvider.System.GetUtcNow() + ClockAhead + LeaseLife);
        }

        lock (_lock)
        {
            var most = Wallet.GetValueOrDefault((request.LicenceId, request.Meter));
            var total = Math.Max(Granted.GetValueOrDefault((request.LicenceId, request.Meter)), Math.Min(request.WantedTotal, most));
            Granted[(request.LicenceId, request.Meter)] = total;
            return new LeaseGrant(
                total, TimeProvider.System.GetUtcNow() + ClockAhead + LeaseLife, total < request.WantedTotal ? ExhaustedWord : null);
        }
    }

    private LeaseGrant Return(LeaseRequest request)
    {
        lock (_lock)
        {
            Granted[(request.LicenceId, request.Meter)] = request.WantedTotal;
            return new LeaseGrant(request.WantedTotal, TimeProvider.System.GetUtcNow());
        }
    }

    private async Task<IResult> Ingest(HttpContext context)
    {
        TraceParents.Enqueue(context.Request.Headers.TraceParent);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (RefuseUsage is { } status)
        {
            return Results.StatusCode(status);
        }

        var batch = UsageBatch.Parser.ParseFrom(body.ToArray());
        if (body.Length > (BodyBytesMost ?? int.MaxValue) || batch.Events.Any(e => RefuseEvent?.Invoke(e) == true))
        {
            return Results.StatusCode(body.Length > (BodyBytesMost ?? int.MaxValue) ? 413 : 400);
        }

        var epoch = (long)batch.Epoch;
        if (!Speaks(context, epoch))
        {
            return WrongToken;
        }

        long has;
        lock (_lock)
        {
            Batches++;
            if ((long)batch.Events[0].Seq > Has(epoch) + 1)
            {
                return Refuse("usage-sequence-gap", "acknowledged_seq", Has(epoch));
            }

            foreach (var e in batch.Events)
            {
                var key = (epoch, (long)e.Seq);
                if (_events.TryGetValue(key, out var same) && !same.Equals(e))
                {
                    return IsCopied ? Refuse("usage-identity-conflict", "seq", (long)e.Seq)
                        : throw new InvalidOperationException($"Event {e.Seq} came with another content.");
                }

                if (same is null && _epochs[epoch].Closed)
                {
                    return Refuse("usage-epoch-ended", "acknowledged_seq", Has(epoch));
                }

                _events[key] = e;
            }

            has = Has(epoch);
        }

        if (LoseReceipts)
        {
            context.Abort();
            return Results.Empty;
        }

        return Results.Bytes(new IngestReceipt { AcknowledgedSeq = (ulong)has }.ToByteArray(), "application/x-protobuf");
    }
}
