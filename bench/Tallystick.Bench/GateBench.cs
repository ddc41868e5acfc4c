namespace Tallystick.Bench;

/// <summary>
/// The paid path over HTTP: licence check, entitlement, durable metering. Each round measures ours and the baselines one
/// after the other on the same machine; ratios are medians over the rounds.
/// </summary>
internal static class GateBench
{
    private const int WarmUpRounds = 2;
    private const int Rounds = 5;
    private const int Seconds = 4;
    private const int SmallConnections = 256;
    private const int LargeConnections = 32;

    public static BenchSuite Suite { get; } = new(
        ["gate_10k_vs_kestrel", "gate_10k_vs_nginx", "gate_1m_vs_kestrel", "gate_cpu_us_per_request", "gate_p99_ms_half_load"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await using var world = await GateWorld.Start(stop, ("10k", 10_000), ("1m", 1_000_000));
        var small = await Compare(world, "10k", SmallConnections, progress, stop);
        var large = await Compare(world, "1m", LargeConnections, progress, stop);

        // Half of the saturated rate: every connection pauses so long that all of them together send half as much.
        var pause = SmallConnections / (small.Gate.RequestsPerSecond / 2) * 1_000;
        var half = await Wrk.Run(world.UrlOf("10k"), SmallConnections, Seconds, world.Licence, stop, pause);
        var conditions = $"wrk 1 thread, {SmallConnections} connections, 10 000 bytes, a durable record per request (fsync, group commit), median of {Rounds}";
        return
        [
            new("gate_10k_vs_kestrel", small.Gate.RequestsPerSecond, "requests/s", "bare Kestrel, same bytes", small.VsKestrel, conditions),
            new("gate_10k_vs_nginx", small.Gate.RequestsPerSecond, "requests/s", "nginx sendfile", small.VsNginx, conditions),
            new("gate_1m_vs_kestrel", large.Gate.RequestsPerSecond, "requests/s", "bare Kestrel, same bytes", large.VsKestrel,
                $"wrk 1 thread, {LargeConnections} connections, 1 000 000 bytes, a durable record per request, median of {Rounds}"),
            new("gate_cpu_us_per_request", small.AddedCpuMicroseconds, "us", "bare Kestrel's own", small.CpuRatio,
                "processor time that the gate adds per 10 000-byte request; ratio is Kestrel's time to the gate's"),
            new("gate_p99_ms_half_load", half.P99Milliseconds, "ms", null, null,
                $"{half.RequestsPerSecond:N0} of {small.Gate.RequestsPerSecond:N0} requests/s, {SmallConnections} connections, 10 000 bytes"),
        ];
    }

    private static async Task<Comparison> Compare(
        GateWorld world, string file, int connections, TextWriter progress, CancellationToken stop)
    {
        var rounds = new List<Comparison>();
        for (var round = -WarmUpRounds; round < Rounds; round++)
        {
            await using var bare = await MeasuredProcess.Start(
                "Tallystick.Bench", new Dictionary<string, string>(), "/", stop, BareKestrel.Flag, world.BlobOf(file));
            await using var nginx = await NginxServer.Start(stop, world.BlobOf(file));
            var (gate, gateCpu) = await Load(world.Gate, world.UrlOf(file), connections, world.Licence, stop);
            var (kestrel, kestrelCpu) = await Load(bare, bare.Url + "/", connections, null, stop);
            var plain = await Wrk.Run(nginx.Url, connections, Seconds, null, stop);
            await progress.WriteLineAsync(
                $"gate {file}: {gate.RequestsPerSecond:N0}/s at {gateCpu:N1} us, Kestrel {kestrel.RequestsPerSecond:N0}/s at {kestrelCpu:N1} us, nginx {plain.RequestsPerSecond:N0}/s{(round < 0 ? " (warm-up)" : "")}");
            if (round >= 0)
            {
                rounds.Add(new Comparison(
                    gate,
                    gate.RequestsPerSecond / kestrel.RequestsPerSecond,
                    gate.RequestsPerSecond / plain.RequestsPerSecond,
                    gateCpu - kestrelCpu,
                    kestrelCpu / gateCpu));
            }
        }

        return rounds.OrderBy(r => r.VsKestrel).ElementAt(Rounds / 2);
    }

    private static async Task<(Wrk Result, double CpuMicroseconds)> Load(
        MeasuredProcess process, string url, int connections, string? bearer, CancellationToken stop)
    {
        var before = process.CpuSeconds;
        var result = await Wrk.Run(url, connections, Seconds, bearer, stop);
        return (result, (process.CpuSeconds - before) / result.Requests * 1e6);
    }

    private sealed record Comparison(
        Wrk Gate, double VsKestrel, double VsNginx, double AddedCpuMicroseconds, double CpuRatio);
}
