using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Client;

namespace Tallystick.Bench;

/// <summary>What a creator and a buyer wait for: ten thousand small files on their way in, one large file on its way out.</summary>
internal static class TransferBench
{
    private const int SmallFiles = 10_000;
    private const int SmallFileBytes = 1_000;

    /// <summary>Bytes of the large file, when another size than the usual is wanted.</summary>
    private const string LargeBytesName = "TALLY_BENCH_PULL_BYTES";
    private const long LargeBytesUsually = 3_000_000_000;
    private const int Rounds = 3;

    public static BenchSuite Publish { get; } = new(["publish_files_per_s"], RunPublish);

    public static BenchSuite Pull { get; } = new(["pull_vs_curl"], RunPull);

    private static async Task<IReadOnlyList<BenchResult>> RunPublish(TextWriter progress, CancellationToken stop)
    {
        await using var database = await BenchDatabase.Create("publish", stop);
        using var folder = new TemporaryFolder();
        await using var server = await MemoryBench.StartServer(database, Directory.CreateDirectory(Path.Combine(folder.Path, "data")).FullName, stop);
        using var creator = new TallyClient(new Uri(server.Url), await SignUp(server, stop));
        var rates = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var files = await Small(Path.Combine(folder.Path, $"round-{round}"), round, stop);
            var work = await creator.CreateWork(new NewWork($"Round {round}", new Provenance("Bench", "CC0-1.0")), stop);
            var watch = Stopwatch.StartNew();
            var result = await new PublishWork(creator).Run(work, files, null, null, stop);
            var rate = result.Uploaded / watch.Elapsed.TotalSeconds;
            await progress.WriteLineAsync($"publish: {rate:N0} files/s{(round == 0 ? " (warm-up)" : "")}");
            rates.Add(rate);
        }

        return
        [
            new("publish_files_per_s", rates.Skip(1).Order().ElementAt(Rounds / 2), "files/s", null, null,
                $"{SmallFiles} files of {SmallFileBytes} bytes, all new, hashed, sent, synced and published; median of {Rounds}"),
        ];
    }

    private static async Task<IReadOnlyList<BenchResult>> RunPull(TextWriter progress, CancellationToken stop)
    {
        var bytes = Environment.GetEnvironmentVariable(LargeBytesName) is { Length: > 0 } set
            ? long.Parse(set, CultureInfo.InvariantCulture)
            : LargeBytesUsually;
        await using var world = await GateWorld.Start(stop, ("large", bytes));
        using var folder = new TemporaryFolder();
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var target = Path.Combine(folder.Path, "pulled");
            using var puller = new PullWork(new Uri(world.Gate.Url), world.Licence);
            var watch = Stopwatch.StartNew();
            await puller.Run(world.Work, target, new PullOptions(), null, stop);
            var mine = bytes / watch.Elapsed.TotalSeconds / 1e6;
            Directory.Delete(target, recursive: true);
            var curl = await Curl(world, Path.Combine(folder.Path, "curled"), bytes, stop);
            await progress.WriteLineAsync($"pull: {mine:N0} MB/s, curl {curl:N0} MB/s{(round == 0 ? " (warm-up)" : "")}");
            ours.Add(mine);
            theirs.Add(curl);
        }

        var ratio = ours.Zip(theirs, (a, b) => a / b).Skip(1).Order().ElementAt(Rounds / 2);
        return
        [
            new("pull_vs_curl", ours.Skip(1).Order().ElementAt(Rounds / 2), "MB/s", "curl to a file, not hashed, not synced", ratio,
                $"one file of {bytes} bytes ({LargeBytesName}) from a gate on this machine; ours is compared with its SHA-256 and synced; median of {Rounds}"),
        ];
    }

    private static async Task<double> Curl(GateWorld world, string file, long bytes, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        using var curl = Process.Start(new ProcessStartInfo(
            "curl", ["-sS", "--fail", "-o", file, "-H", $"Authorization: Bearer {world.Licence}", world.UrlOf("large")]))
            ?? throw new InvalidOperationException("curl cannot be started.");
        await curl.WaitForExitAsync(stop);
        var rate = bytes / watch.Elapsed.TotalSeconds / 1e6;
        var got = new FileInfo(file).Length;
        File.Delete(file);
        return curl.ExitCode == 0 && got == bytes ? rate : throw new InvalidOperationException($"curl ended with {curl.ExitCode} after {got} bytes.");
    }

    private static async Task<IReadOnlyList<LocalFile>> Small(string folder, int round, CancellationToken stop)
    {
        var random = new Random(round);
        var content = new byte[SmallFileBytes];
        for (var i = 0; i < SmallFiles; i++)
        {
            var file = Path.Combine(folder, $"{i / 1_000}", $"{i}.bin");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            random.NextBytes(content);
            await File.WriteAllBytesAsync(file, content, stop);
        }

        return LocalFolder.Read(folder, follow: false).Files;
    }

    private static async Task<string> SignUp(MeasuredProcess server, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        using var answer = await http.PostAsJsonAsync(
            new Uri("/v1/organisations", UriKind.Relative),
            new { name = "Creator", email = "creator@bench.example", password = "correct horse battery", roles = new[] { "creator" } }, stop);
        return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(stop))!["api_key"]!.ToString();
    }
}
