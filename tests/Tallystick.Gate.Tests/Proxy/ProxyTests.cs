using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Licences;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests.Proxy;

public sealed class ProxyTests
{
    private const int Size = 40_000_000;

    /// <summary>What docs/behind-a-proxy.md says of nginx.</summary>
    private const int HeldMost = 2_000_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Behind_nginx_a_reader_of_a_kilobyte_is_not_charged_for_all()
    {
        await using var gate = await TestGate.Start([("huge.bin", Size)]);
        await using var nginx = await NginxProxy.Start(gate);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);

        await ReadAKilobyte(gate, nginx.Port, gate.World.Token(claims));

        await Settled(gate, claims);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeInRange(1_000, HeldMost);
    }

    [Fact]
    public async Task Behind_nginx_all_and_parts_of_a_file_are_exact_and_charged_as_they_are()
    {
        await using var gate = await TestGate.Start([("huge.bin", Size), ("small.bin", 10_000)]);
        await using var nginx = await NginxProxy.Start(gate);
        using var http = nginx.Client();
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        var token = gate.World.Token(claims);

        (await Get(http, gate.World.Get("huge.bin", token))).ShouldBe(gate.World.Content["huge.bin"]);
        (await Get(http, gate.World.Get("huge.bin", token, "bytes=1000000-8999999"))).ShouldBe(gate.World.Content["huge.bin"][1_000_000..9_000_000]);
        (await Get(http, gate.World.Get("small.bin", token))).ShouldBe(gate.World.Content["small.bin"]);
        using var without = await http.SendAsync(gate.World.Get("small.bin", null), Stop);
        without.StatusCode.ShouldBe(HttpStatusCode.PaymentRequired);

        await Settled(gate, claims);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(Size + 8_000_000 + 10_000);
    }

    private static async Task<byte[]> Get(HttpClient http, HttpRequestMessage request)
    {
        request.Version = HttpVersion.Version20;
        using var answer = await http.SendAsync(request, Stop);
        answer.Version.ShouldBe(HttpVersion.Version20);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync(Stop);
    }

    private static async Task ReadAKilobyte(TestGate gate, int port, string token)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = Pem.Takes }, Stop);
        await tls.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {gate.World.UrlOf("huge.bin")} HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer {token}\r\n\r\n"), Stop);
        await tls.ReadExactlyAsync(new byte[1_000 + 1_000], Stop);
        await ArrivedTests.Stalls(gate);
    }

    private static async Task Settled(TestGate gate, LicenceClaims claims)
    {
        await gate.Until(() => gate.Services.GetRequiredService<Credit.Licences>().Of(claims.Jti).Read(Meter.BytesDelivered).Reserved == 0);
        await gate.Until(g => g.UploadedAll());
    }
}
