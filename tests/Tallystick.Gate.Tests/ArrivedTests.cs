using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class ArrivedTests
{
    private const int Size = 40_000_000;
    private const int Window = 64 * 1024;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1_000)]
    [InlineData(9_000_000)]
    public async Task A_reader_who_stops_and_goes_away_is_charged_for_what_arrived(int wanted)
    {
        await using var gate = await TestGate.Start([("huge.bin", Size)]);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);

        var received = await ReadAndReset(gate, gate.World.Token(claims), wanted);

        await gate.Until(() => gate.Services.GetRequiredService<Credit.Licences>().Of(claims.Jti).Read(Meter.BytesDelivered).Reserved == 0);
        await gate.Until(g => g.UploadedAll());
        var charged = gate.Server.Charged(Meter.BytesDelivered, claims.Jti);
        // What its own system holds for it has arrived (the kernel doubles what is asked for); the rest is the server's two slices.
        charged.ShouldBeInRange(received - Window, received + (2 * Window) + (2 * Window) + Window);
    }

    [Fact]
    public async Task A_proxy_is_told_not_to_gather_a_long_answer()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        (await gate.Get("large.bin", token)).Header("X-Accel-Buffering").ShouldBe("no");
        (await gate.Get("large.bin", token, "bytes=0-999999")).Header("X-Accel-Buffering").ShouldBe("no");
        // Charged before its first byte in any case.
        (await gate.Get("small.bin", token)).Header("X-Accel-Buffering").ShouldBeNull();
    }

    private static async Task<long> ReadAndReset(TestGate gate, string token, int wanted)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = Window };
        await socket.ConnectAsync(IPAddress.Loopback, gate.Http.BaseAddress!.Port, Stop);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {gate.World.UrlOf("huge.bin")} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {token}\r\n\r\n"));
        var buffer = new byte[16_384];
        var (got, head) = (0L, 0);
        while (got - head < wanted)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, wanted + 600 - got + head)));
            head = got == 0 ? Encoding.ASCII.GetString(buffer, 0, read).IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 : head;
            got += read;
        }

        await Stalls(gate);
        // Reset, not closed in order.
        socket.LingerState = new LingerOption(true, 0);
        return got - head;
    }

    /// <summary>Waits until nothing more flows: then all that holds bytes for a reader is full.</summary>
    internal static async Task Stalls(TestGate gate)
    {
        var log = gate.Services.GetRequiredService<LocalLog>();
        for (var (last, same) = (-1L, 0); same < 10;)
        {
            await Task.Delay(20, Stop);
            long now;
            lock (log.Sync)
            {
                now = log.State.Open.Sum(o => o.Uncharged) + log.State.NextSeq;
            }

            (last, same) = (now, now == last ? same + 1 : 0);
        }
    }
}
