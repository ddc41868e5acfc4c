using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Tallystick.Core.Usage;
using Tallystick.Gate.Delivery;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>The gate as a process of its own, killed as <c>kill -9</c> would at a named point, and started again.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const int Checkpoint = 1_000_000;
    private const int Slice = 64 * 1024;
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-crash-").FullName;
    private readonly int _port = FreePort();
    private ServerDouble _server = null!;
    private World _world = null!;
    private Process? _gate;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerDouble.Start();
        _world = new World(_server, _folder);
        _world.Publish(("small.bin", 10_000), ("large.bin", 9_000_000));
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("gate.reserved", "large.bin")]
    [InlineData("gate.reserved", "small.bin")]
    [InlineData("gate.mid_delivery", "large.bin")]
    [InlineData("gate.mid_delivery:20", "large.bin")]
    [InlineData("gate.mid_delivery:100", "large.bin")]
    [InlineData("gate.before_final_record", "small.bin")]
    [InlineData("gate.before_final_record", "large.bin")]
    [InlineData("gate.after_final_record", "small.bin")]
    [InlineData("gate.after_final_record", "large.bin")]
    [InlineData("gate.before_upload", "small.bin")]
    [InlineData("gate.after_upload_before_ack", "small.bin")]
    public async Task A_crash_costs_no_more_than_the_stated_bound_and_counts_nothing_twice(string point, string path)
    {
        var claims = _world.Funded(_world.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        var token = _world.Token(claims);
        await StartGate(point);
        var received = await Download(path, token);
        await _gate!.WaitForExitAsync(TestContext.Current.CancellationToken);

        await StartGate(null);
        var whole = await Download(path, token);

        whole.ShouldBe(_world.Content[path].Length);
        await Settled(claims, received, whole);
        var charged = _server.Charged(Meter.BytesDelivered, claims.Jti) - whole;
        // Uncharged: flushed and not durable, and the slice that was under way.
        (received - charged).ShouldBeLessThanOrEqualTo(Checkpoint + Slice);
        // Charged although it did not arrive: what the sockets held, or what was held back until the record was durable.
        (charged - received).ShouldBeLessThanOrEqualTo(16_000_000);
        charged.ShouldBeLessThanOrEqualTo(_world.Content[path].Length);
        _server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_charged_before_a_wallet_ran_dry_reaches_a_slow_reader_and_does_not_look_complete()
    {
        // Ahead of need some is granted, then all there is: the gate learns in the middle that it does not reach.
        _server.Lessor = request => Task.FromResult(Math.Clamp(request.NeededTotal!.Value, 1_200_000, 2_500_000));
        var claims = _world.Claims(_world.PerMegabyte);
        await StartGate(null);

        using var http = Client(_world.Token(claims));
        await using var body = await http.GetStreamAsync(new Uri(_world.UrlOf("large.bin"), UriKind.Relative), TestContext.Current.CancellationToken);
        // Where the sockets hold less than all of it, the gate waits for the reader.
        await Task.WhenAny(
            Until(() => _server.Charged(Meter.BytesDelivered) >= 2 * DeliverBody.ReserveBytes),
            Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));
        var received = 0L;
        var buffer = new byte[16_384];
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (true)
            {
                var read = await body.ReadAsync(buffer, TestContext.Current.CancellationToken);
                read.ShouldBeGreaterThan(0, "nine megabytes were announced");
                received += read;
            }
        });

        await Until(() => _server.Charged(Meter.BytesDelivered) >= 2 * DeliverBody.ReserveBytes);
        (_server.Charged(Meter.BytesDelivered) - received).ShouldBeInRange(0, 2 * Slice);
    }

    [Fact]
    public async Task Killed_again_and_again_under_load_it_neither_loses_nor_repeats_an_event()
    {
        var claims = _world.Claims(_world.Once);
        var token = _world.Token(claims);
        var complete = 0;
        for (var round = 0; round < 3; round++)
        {
            await StartGate(null);
            using var http = Client(token);
            var pulls = Enumerable.Range(0, 8).Select(async _ =>
            {
                try
                {
                    while (true)
                    {
                        var bytes = await http.GetByteArrayAsync(new Uri(_world.UrlOf("small.bin"), UriKind.Relative), TestContext.Current.CancellationToken);
                        Interlocked.Add(ref complete, bytes.Length / 10_000);
                    }
                }
                catch (Exception gone) when (gone is HttpRequestException or SocketException)
                {
                    // It was killed.
                }
            }).ToList();
            await Task.Delay(700, TestContext.Current.CancellationToken);
            Kill();
            await Task.WhenAll(pulls);
        }

        await StartGate(null);
        complete.ShouldBeGreaterThan(0);
        var least = complete * 10_000L;
        await Until(() => _server.Charged(Meter.BytesDelivered, claims.Jti) >= least);
        // Each of the eight may have been charged and not have arrived, at every kill.
        _server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeLessThanOrEqualTo(least + (3 * 8 * 10_000));
        _server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(1);
        _server.Events.Select(e => (long)e.Seq).ShouldBe(Enumerable.Range(1, _server.Events.Count).Select(i => (long)i));
    }

    [Fact]
    public async Task Two_gates_do_not_share_a_folder_and_a_wrong_setting_gets_a_line_each()
    {
        await StartGate(null);
        using var second = Launch(null, "http://127.0.0.1:0", new() { ["Tally__Gate__CacheBytes"] = "0" });
        var said = await second.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await second.WaitForExitAsync(TestContext.Current.CancellationToken);
        second.ExitCode.ShouldBe(69);
        said.ShouldContain("used by another gate");

        using var wrong = Launch(null, "http://127.0.0.1:0", new()
        {
            ["Tally__Gate__ServerUrl"] = "nonsense", ["Tally__Gate__BlobFolder"] = "/does/not/exist", ["Tally__Gate__Secret"] = "short",
        });
        said = await wrong.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await wrong.WaitForExitAsync(TestContext.Current.CancellationToken);
        wrong.ExitCode.ShouldBe(78);
        said.ShouldContain("ServerUrl");
        said.ShouldContain("Secret");
    }

    private async Task Settled(Core.Licences.LicenceClaims claims, long received, long whole)
    {
        var last = -1L;
        await Until(() =>
        {
            var now = _server.Charged(Meter.BytesDelivered, claims.Jti);
            var settled = now == last && now >= whole && now >= whole + received - Checkpoint - Slice;
            last = now;
            return settled;
        });
    }

    private async Task<long> Download(string path, string token)
    {
        using var http = Client(token);
        var total = 0L;
        try
        {
            await using var body = await http.GetStreamAsync(new Uri(_world.UrlOf(path), UriKind.Relative), TestContext.Current.CancellationToken);
            var buffer = new byte[65_536];
            for (int read; (read = await body.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
            {
                total += read;
            }
        }
        catch (Exception cut) when (cut is HttpRequestException or SocketException or IOException)
        {
            // What arrived until then is what counts.
        }

        return total;
    }

    private HttpClient Client(string token)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private async Task StartGate(string? crashAt)
    {
        Kill();
        _gate = Launch(crashAt, $"http://127.0.0.1:{_port}", []);
        _ = _gate.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = _gate.StandardError.ReadToEndAsync(CancellationToken.None);
        using var http = new HttpClient();
        await Until(async () =>
        {
            try
            {
                using var ready = await http.GetAsync(new Uri($"http://127.0.0.1:{_port}/health/ready"), TestContext.Current.CancellationToken);
                return ready.IsSuccessStatusCode;
            }
            catch (Exception gone) when (gone is HttpRequestException or SocketException)
            {
                return false;
            }
        });
    }

    private Process Launch(string? crashAt, string url, Dictionary<string, string?> more)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(GateApp).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = url,
                ["Tally__Gate__ServerUrl"] = _server.Url,
                ["Tally__Gate__PublicUrl"] = "http://gate.test",
                ["Tally__Gate__Secret"] = ServerDouble.Secret,
                ["Tally__Gate__DataFolder"] = Path.Combine(_folder, "data"),
                ["Tally__Gate__BlobFolder"] = _world.Blobs,
                ["Tally__Gate__CheckpointBytes"] = $"{Checkpoint}",
                ["Tally__Gate__FeedWaitSeconds"] = "1",
                ["Tally__Gate__UploadLingerMilliseconds"] = "20",
                ["TALLY_CRASH_AT"] = crashAt ?? "",
            },
        };
        foreach (var (name, value) in more)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private void Kill()
    {
        if (_gate is { } gate)
        {
            gate.Kill();
            gate.WaitForExit();
            gate.Dispose();
            _gate = null;
        }
    }

    private static Task Until(Func<bool> holds) => Until(() => Task.FromResult(holds()));

    private static async Task Until(Func<Task<bool>> holds)
    {
        var began = Stopwatch.StartNew();
        while (!await holds())
        {
            (began.Elapsed.TotalSeconds < 60).ShouldBeTrue("It did not come to pass in time.");
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
