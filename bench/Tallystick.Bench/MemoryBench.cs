using System.Net.Http.Headers;

namespace Tallystick.Bench;

/// <summary>What server and gate take when nothing happens, and what a large pull adds to the gate.</summary>
internal static class MemoryBench
{
    private const long PullBytes = 2_000_000_000;
    private const string GateSecret = "tgk_bench_0123456789abcdef0123456789abcdef";
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    public static BenchSuite Suite { get; } = new(["idle_rss_mb", "pull_rss_growth_mb"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop) =>
        [await MeasureIdle(stop), await MeasurePull(progress, stop)];

    private static async Task<BenchResult> MeasureIdle(CancellationToken stop)
    {
        await using var database = await BenchDatabase.Create("idle", stop);
        using var folder = new TemporaryFolder();
        await using var server = await StartServer(database, folder.Path, stop);
        await using var gate = await StartGate(server.Url, folder.Path, stop);
        await Task.Delay(Idle, stop);
        var (serverMegabytes, gateMegabytes) = (server.ResidentMegabytes, gate.ResidentMegabytes);
        return new BenchResult(
            "idle_rss_mb", serverMegabytes + gateMegabytes, "MB", null, null,
            $"server {serverMegabytes:0} + gate {gateMegabytes:0}, {Idle.TotalSeconds:0} s after start, without PostgreSQL");
    }

    /// <summary>A server process of its own on a database and a folder.</summary>
    public static Task<MeasuredProcess> StartServer(BenchDatabase database, string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.Combine(folder, "server", "blobs"));
        return MeasuredProcess.Start(
            "Tallystick.Server",
            new Dictionary<string, string>
            {
                ["Tally__Server__Database"] = database.ConnectionString,
                ["Tally__Server__PublicUrl"] = "{url}",
                ["Tally__Server__GateUrl"] = "http://127.0.0.1",
                ["Tally__Server__DataFolder"] = Path.Combine(folder, "server"),
                ["Tally__Access__GateSecrets__bench"] = GateSecret,
                ["Tally__Accounts__OperatorEmail"] = "operator@bench.example",
                ["Tally__Accounts__OperatorPassword"] = "bench-0123456789abcdef",
                ["Tally__Payments__StripeUrl"] = "http://127.0.0.1:9",
                ["Tally__Payments__StripeSecretKey"] = "sk_test_bench",
                ["Tally__Payments__StripeWebhookSecret"] = "whsec_bench",
            },
            "/health/ready",
            stop);
    }

    /// <summary>A gate process that follows a server.</summary>
    public static Task<MeasuredProcess> StartGate(string serverUrl, string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.Combine(folder, "gate"));
        return MeasuredProcess.Start(
            "Tallystick.Gate",
            new Dictionary<string, string>
            {
                ["Tally__Gate__ServerUrl"] = serverUrl,
                ["Tally__Gate__PublicUrl"] = "{url}",
                ["Tally__Gate__Secret"] = GateSecret,
                ["Tally__Gate__DataFolder"] = Path.Combine(folder, "gate"),
                ["Tally__Gate__BlobFolder"] = Path.Combine(folder, "server", "blobs"),
            },
            "/health/ready",
            stop);
    }

    private static async Task<BenchResult> MeasurePull(TextWriter progress, CancellationToken stop)
    {
        await progress.WriteLineAsync($"memory: writing a file of {PullBytes:N0} bytes");
        await using var world = await GateWorld.Start(stop, ("small", 10_000), ("large", PullBytes));
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.Licence);
        await http.GetByteArrayAsync(new Uri(world.UrlOf("small")), stop);
        var before = world.Gate.ResidentMegabytes;
        var (most, received) = (before, 0L);
        await using (var body = await http.GetStreamAsync(new Uri(world.UrlOf("large")), stop))
        {
            var buffer = new byte[1 << 20];
            var nextLook = 0L;
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                received += read;
                if (received >= nextLook)
                {
                    most = Math.Max(most, world.Gate.ResidentMegabytes);
                    nextLook += 50_000_000;
                }
            }
        }

        return received == PullBytes
            ? new BenchResult(
                "pull_rss_growth_mb", most - before, "MB", null, null,
                $"most during one pull of {PullBytes:N0} bytes, over {before:0} MB before it")
            : throw new InvalidOperationException($"Only {received:N0} bytes arrived.");
    }
}
