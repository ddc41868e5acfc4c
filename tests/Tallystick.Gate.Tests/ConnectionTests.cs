using System.Net;
using System.Net.Sockets;
using System.Text;
using Tallystick.Gate.Tests.Support;
using Tallystick.Hosting.Listening;

namespace Tallystick.Gate.Tests;

public sealed class ConnectionTests
{
    private const int Most = 64;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_all_connections_are_taken_a_new_one_is_told_so_and_idle_ones_make_room()
    {
        await using var gate = await TestGate.Start([("large.bin", 40_000_000)], new() { ["ConnectionsMost"] = $"{Most}" });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var slow = await gate.Http.SendAsync(gate.World.Get("large.bin", token), HttpCompletionOption.ResponseHeadersRead, Stop);
        var idle = new List<Socket>();
        try
        {
            var refused = "";
            while (!refused.Contains(" 503 ", StringComparison.Ordinal) && idle.Count < 4 * Most)
            {
                // So fast that they have not been idle for a while.
                idle.Add(await Connect(gate));
                refused = idle.Count < Most ? "" : await Asked(idle[^1]);
            }

            refused.ShouldStartWith("HTTP/1.1 503 ");
            refused.ShouldContain("Connection: close");
            refused.ShouldContain("Retry-After: ");
            refused.ShouldContain("/problems/too-many-connections");

            await gate.Until(async g =>
            {
                using var late = await Connect(g);
                return (await Asked(late)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
            });
            // What was under way all the time was not taken for idle.
            (await slow.Content.ReadAsByteArrayAsync(Stop)).ShouldBe(gate.World.Content["large.bin"]);
        }
        finally
        {
            idle.ForEach(i => i.Dispose());
        }
    }

    [Fact]
    public async Task More_connections_than_descriptors_end_no_gate_and_hold_up_no_file()
    {
        await using var place = await Place.Make();
        // Room for 64 connections, and for nothing else.
        using var process = GateProcess.Launch(place.Around, place.Url, [], descriptors: 448);
        _ = process.StandardOutput.ReadToEndAsync(Stop);
        _ = process.StandardError.ReadToEndAsync(Stop);
        var crowd = new List<Socket>();
        try
        {
            using var http = new HttpClient();
            await place.Until(() => Answers(http, $"{place.Url}/health/ready"));
            for (var i = 0; i < 900; i++)
            {
                try
                {
                    crowd.Add(await Connect(new Uri(place.Url).Port));
                }
                catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // Refused before this side had noticed that it was connected.
                }
            }

            var world = place.Around.World;
            var url = $"{place.Url}{world.UrlOf("large.bin")}";
            http.DefaultRequestHeaders.Authorization = new("Bearer", world.Token(world.Claims(world.Once)));
            await place.Until(() => Answers(http, url));
            (await http.GetByteArrayAsync(new Uri(url), Stop)).ShouldBe(world.Content["large.bin"]);
            process.HasExited.ShouldBeFalse();
        }
        finally
        {
            crowd.ForEach(c => c.Dispose());
            process.Kill();
            await process.WaitForExitAsync(Stop);
        }
    }

    [Fact]
    public async Task Too_few_descriptors_are_one_sentence()
    {
        await using var place = await Place.Make();
        using var process = GateProcess.Launch(place.Around, place.Url, [], descriptors: 256);
        _ = process.StandardOutput.ReadToEndAsync(Stop);

        var said = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);

        process.ExitCode.ShouldBe(78);
        said.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("256 files and sockets open and needs 448");
    }

    [Theory]
    [InlineData(20_000, 10_000, 3, 0, 6_581)]
    [InlineData(1_000_000, 10_000, 3, 0, 10_000)]
    [InlineData(4_096, 5_000, 2, 40, 1_900)]
    public void So_many_connections_are_taken_as_leave_descriptors_for_all_else(int limit, int wanted, int each, int besides, int most) =>
        Descriptors.Connections(limit, wanted, each, besides).ShouldBe(most);

    private static Task<Socket> Connect(TestGate gate) => Connect(gate.Http.BaseAddress!.Port);

    private static async Task<Socket> Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
        return socket;
    }

    /// <summary>What the health of the gate is answered with over this connection; nothing when it was closed without a word.</summary>
    private static async Task<string> Asked(Socket socket)
    {
        try
        {
            await socket.SendAsync("GET /health/live HTTP/1.1\r\nHost: gate\r\n\r\n"u8.ToArray());
            var answer = new byte[4_096];
            return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer));
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private static async Task<bool> Answers(HttpClient http, string url)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url), Stop);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What a gate that is a process of its own works with.</summary>
    private sealed class Place(GateProcess.Around around) : IAsyncDisposable
    {
        public GateProcess.Around Around { get; } = around;

        public string Url { get; } = $"http://127.0.0.1:{Ports.Free()}";

        public static async Task<Place> Make()
        {
            var (server, folder) = (await ServerDouble.Start(), Directory.CreateTempSubdirectory("tally-gate-").FullName);
            var world = new World(server, folder);
            world.Publish(("large.bin", 3_000_000));
            Directory.CreateDirectory(Path.Combine(folder, "data"));
            return new Place(new(server, world, folder));
        }

        public async Task Until(Func<Task<bool>> holds)
        {
            var began = System.Diagnostics.Stopwatch.StartNew();
            while (!await holds())
            {
                (began.Elapsed.TotalSeconds < 60).ShouldBeTrue("It did not come to pass in time.");
                await Task.Delay(30, Stop);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Around.Server.DisposeAsync();
            Directory.Delete(Around.Folder, recursive: true);
        }
    }
}
