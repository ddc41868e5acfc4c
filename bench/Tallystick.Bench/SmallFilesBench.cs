using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>
/// Many small files, each pulled once a round, as a program that reads a data set does: a few workers, one file after the
/// other, each through a client of the framework. Each answer waits for its record to be on disk, and the workers for the
/// answer: what counts is how long that takes, not how many records fit into one write.
/// </summary>
internal static class SmallFilesBench
{
    private const int Files = 10_000;
    private const int Bytes = 1_000;
    private const int Workers = 16;
    private const int WarmUpRounds = 2;
    private const int Rounds = 5;

    public static BenchSuite Suite { get; } = new(["small_files_vs_nginx"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        string[] names = [.. Enumerable.Range(0, Files).Select(i => $"{i:D5}")];
        await using var world = await GateWorld.Start(stop, [.. names.Select(n => (n, (long)Bytes))]);
        await using var nginx = await NginxServer.Start(stop, [.. names.Select(world.BlobOf)]);
        Uri[] ours = [.. names.Select(n => new Uri(world.UrlOf(n)))];
        Uri[] theirs = [.. Enumerable.Range(0, Files).Select(i => new Uri(nginx.UrlOf(i)))];
        var rounds = new List<(double Gate, double Nginx)>();
        for (var round = -WarmUpRounds; round < Rounds; round++)
        {
            var (gate, plain) = (await Pull(ours, world.Licence, stop), await Pull(theirs, null, stop));
            await progress.WriteLineAsync($"small files: gate {gate:N0}/s, nginx {plain:N0}/s{(round < 0 ? " (warm-up)" : "")}");
            if (round >= 0)
            {
                rounds.Add((gate, plain));
            }
        }

        var (rate, baseline) = rounds.OrderBy(r => r.Gate / r.Nginx).ElementAt(Rounds / 2);
        return
        [
            new("small_files_vs_nginx", rate, "files/s", "nginx sendfile", rate / baseline,
                $"{Files} files of {Bytes} bytes, {Workers} workers with HttpClient, a durable record per file (fsync), median of {Rounds}"),
        ];
    }

    private static async Task<double> Pull(Uri[] files, string? bearer, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Workers });
        if (bearer is not null)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        }

        var next = -1;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(
            async () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < files.Length;)
                {
                    var content = await http.GetByteArrayAsync(files[i], stop);
                    if (content.Length != Bytes)
                    {
                        throw new InvalidOperationException($"{files[i]} answered with {content.Length} bytes.");
                    }
                }
            },
            stop)));
        return files.Length / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
