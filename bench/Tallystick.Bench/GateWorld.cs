using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tallystick.Core.Amounts;
using Tallystick.Core.Catalog;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Licences;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Bench;

/// <summary>
/// A gate process of the product with one work in its feed. The server is played by this process and takes usage
/// without storing it, so that the processor time that is measured is the gate's and the load generator's.
/// </summary>
internal sealed class GateWorld : IAsyncDisposable
{
    private const string Secret = "tgk_bench_0123456789abcdef0123456789abcdef";
    private const string Kid = "bench";

    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WorkId _work = new(new Guid(1, 0, 0, new byte[8]));
    private readonly List<FeedFile> _files = [];
    private WebApplication? _server;
    private MeasuredProcess? _gate;

    public MeasuredProcess Gate => _gate!;

    public string Licence { get; private set; } = "";

    public WorkId Work => _work;

    public string UrlOf(string path) => $"{Gate.Url}/w/{_work}/{path}";

    /// <summary>The file as it lies on the disk, for a server that knows nothing of licences.</summary>
    public string BlobOf(string path) =>
        Path.Combine(_folder.Path, "blobs", BlobPath.Of(_files.Single(f => f.Path == path).Sha256));

    public static async Task<GateWorld> Start(CancellationToken stop, params (string Path, long Bytes)[] files)
    {
        var world = new GateWorld();
        foreach (var (path, bytes) in files)
        {
            await world.Write(path, bytes, stop);
        }

        await world.StartServer(stop);
        var gateData = Directory.CreateDirectory(Path.Combine(world._folder.Path, "gate")).FullName;
        world._gate = await MeasuredProcess.Start(
            "Tallystick.Gate",
            new Dictionary<string, string>
            {
                ["Tally__Gate__ServerUrl"] = world._server!.Urls.First(),
                ["Tally__Gate__PublicUrl"] = "{url}",
                ["Tally__Gate__Secret"] = Secret,
                ["Tally__Gate__DataFolder"] = gateData,
                ["Tally__Gate__BlobFolder"] = Path.Combine(world._folder.Path, "blobs"),
            },
            "/health/ready",
            stop);
        world.Licence = LicenceToken.Sign(world.Claims(), world._key, Kid);
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        if (_gate is not null)
        {
            await _gate.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _key.Dispose();
        _folder.Dispose();
    }

    private async Task Write(string path, long bytes, CancellationToken stop)
    {
        var random = new Random(_files.Count);
        var content = new byte[(int)Math.Min(bytes, 1_000_000)];
        var temporary = Path.Combine(_folder.Path, "next");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var file = File.Create(temporary))
        {
            for (var left = bytes; left > 0; left -= content.Length)
            {
                random.NextBytes(content);
                var part = content.AsMemory(0, (int)Math.Min(left, content.Length));
                hash.AppendData(part.Span);
                await file.WriteAsync(part, stop);
            }
        }

        var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        var blob = Path.Combine(_folder.Path, "blobs", BlobPath.Of(sha256));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.Move(temporary, blob);
        _files.Add(new FeedFile(
            new UnitId(new Guid(_files.Count + 1, 1, 0, new byte[8])), path, sha256, bytes, "application/octet-stream"));
    }

    private async Task StartServer(CancellationToken stop)
    {
        var offer = new FeedOffer(
            OfferOf(), _work, new Price(new Money(0, Currency.Usd), Meter.None, 1),
            new Terms(["ai-train"], [], 30, null, [], false, 0), "Measured.", "http://127.0.0.1/", true);
        var q = _key.ExportParameters(false).Q;
        var version = new FeedWork(_work, new VersionId(Guid.Empty), "Bench", new OrganisationId(Guid.Empty), _files);
        FeedEntry[] feed =
        [
            new(1, FeedKind.SigningKey, Kid, TallyJson.ToNode(new FeedSigningKey(
                Kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y), "licence"))),
            new(2, FeedKind.Version, version.VersionId.ToString(), TallyJson.ToNode(version)),
            new(3, FeedKind.Work, _work.ToString(), TallyJson.ToNode(version)),
            new(4, FeedKind.Offer, offer.OfferId.ToString(), TallyJson.ToNode(offer)),
        ];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{MeasuredProcess.FreePort()}");
        builder.Services.ConfigureHttpJsonOptions(json => TallyJson.Apply(json.SerializerOptions));
        _server = builder.Build();
        _server.MapGet("/gate/v1/feed", async (long after, int wait, CancellationToken aborted) =>
        {
            if (after >= feed.Length)
            {
                await Task.Delay(TimeSpan.FromSeconds(wait), aborted);
            }

            return new FeedPage([.. feed.Where(e => e.Seq > after)], feed.Length, TimeProvider.System.GetUtcNow());
        });
        _server.MapPost("/gate/v1/epochs", () => new EpochGrant(new GateId(new Guid(9, 9, 9, new byte[8])), 1, "measured", 1));
        _server.MapPost("/gate/v1/usage", (Delegate)Acknowledge);
        await _server.StartAsync(stop);
    }

    private static async Task Acknowledge(HttpContext context)
    {
        var body = new byte[(int)context.Request.ContentLength!.Value];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        var batch = UsageBatch.Parser.ParseFrom(body);
        var receipt = new IngestReceipt
        {
            AcknowledgedSeq = batch.Events[^1].Seq,
            Accepted = (uint)batch.Events.Count,
        };
        context.Response.ContentType = "application/x-protobuf";
        await context.Response.Body.WriteAsync(
            Google.Protobuf.MessageExtensions.ToByteArray(receipt), context.RequestAborted);
    }

    private static OfferId OfferOf() => new(new Guid(2, 0, 0, new byte[8]));

    private LicenceClaims Claims()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return new LicenceClaims(
            "http://bench", new BuyerPseudonym(new Guid(3, 0, 0, new byte[8])), LicenceToken.Audience,
            new LicenceId(new Guid(4, 0, 0, new byte[8])), now - 10, now - 10, now + 86_400, _work, OfferOf(), ["ai-train"], [],
            null, "90", "terms", new LicenceStatusClaim(new StatusListEntry(1, "http://bench/status-lists/1")));
    }
}
