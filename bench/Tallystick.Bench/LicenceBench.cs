using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Licences;
using Tallystick.Gate;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Delivery;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;

namespace Tallystick.Bench;

/// <summary>A licence token, met for the first time and met again.</summary>
internal static class LicenceBench
{
    private const string Kid = "bench";
    private const int ColdCalls = 10;
    private const int Headers = 4_096;
    private const int CachedRounds = 400;

    public static BenchSuite Suite { get; } = new(["licence_cold_vs_raw", "licence_cached_ns"], Run);

    private static Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(false).Q;
        var feedKey = new FeedSigningKey(Kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y), "licence");
        var token = LicenceToken.Sign(Claims(), key, Kid);
        return Task.FromResult<IReadOnlyList<BenchResult>>([Cold(key, feedKey, token, stop), Cached(feedKey, token)]);
    }

    private static BenchResult Cold(ECDsa key, FeedSigningKey feedKey, string token, CancellationToken stop)
    {
        var keys = new VerificationKeys([feedKey]);
        using var verifying = ECDsa.Create(key.ExportParameters(false));
        var signed = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
        var signature = Base64Url.DecodeFromChars(token.AsSpan(token.LastIndexOf('.') + 1));
        var (ours, raw) = PairedTiming.Measure(
            () => Repeat(() => LicenceToken.Verify(token, keys).Facts is not null),
            () => Repeat(() => verifying.VerifyData(
                signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)),
            stop);
        return new BenchResult(
            "licence_cold_vs_raw", ColdCalls / ours, "tokens/s", "ECDsa.VerifyData, key kept", raw / ours,
            $"ES256, {token.Length} characters, parse, claims and signature, one thread");
    }

    private static BenchResult Cached(FeedSigningKey feedKey, string token)
    {
        using var folder = new TemporaryFolder();
        var options = new GateOptions { DataFolder = folder.Path, BlobFolder = folder.Path };
        var catalog = new Catalog(new BlobCache(options, new ContentFaults(NullLogger<ContentFaults>.Instance)));
        catalog.Apply(FeedKind.SigningKey, Kid, TallyJson.ToNode(feedKey));
        using var log = new LocalLog(options, TimeProvider.System, NullLogger<LocalLog>.Instance);
        var cache = new TokenCache(catalog, new Tallystick.Gate.Credit.Licences(log, new GateClock(TimeProvider.System)));

        // As many equal texts in strings of their own: what many connections send. More than the look by reference holds.
        var headers = Enumerable.Range(0, Headers).Select(_ => new string($"Bearer {token}".AsSpan())).ToArray();
        Array.ForEach(headers, h => Expect(cache.Find(h).Token is not null));
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < CachedRounds; round++)
        {
            foreach (var header in headers)
            {
                cache.Find(header);
            }
        }

        var nanoseconds = watch.Elapsed.TotalNanoseconds / (CachedRounds * (double)Headers);
        return new BenchResult(
            "licence_cached_ns", nanoseconds, "ns", null, null,
            $"{Headers} strings of equal text in turn, one thread: look-up, hash and comparison of the text");
    }

    private static void Repeat(Func<bool> verify)
    {
        for (var i = 0; i < ColdCalls; i++)
        {
            Expect(verify());
        }
    }

    private static void Expect(bool verified)
    {
        if (!verified)
        {
            throw new InvalidOperationException("A token of ours did not verify.");
        }
    }

    private static LicenceClaims Claims()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return new LicenceClaims(
            "http://bench", new BuyerPseudonym(Guid.Empty), LicenceToken.Audience, new LicenceId(Guid.Empty), now, now, now + 3_600,
            new WorkId(Guid.Empty), new OfferId(Guid.Empty), ["ai-train"], ["tokenize"], null, "85", "terms",
            new LicenceStatusClaim(new StatusListEntry(7, "http://bench/status-lists/1")));
    }
}
