using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;
using Tallystick.Hosting;

namespace Tallystick.Gate.Tests;

public sealed class TlsTests : IDisposable
{
    private const int Size = 40_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-tls-").FullName;
    private readonly int _port = Ports.Free();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_certificate_that_is_replaced_is_shown_by_the_next_handshake_and_open_connections_go_on()
    {
        var pem = new Pem(_folder);
        pem.Write("first");
        await using var gate = await Start(pem);
        var claims = gate.World.Claims(gate.World.Once);
        using var http = Client();
        using var open = await http.SendAsync(Request(gate, claims), HttpCompletionOption.ResponseHeadersRead, Stop);
        open.Version.ShouldBe(HttpVersion.Version20);
        (await Shown()).ShouldBe("CN=first");

        var (certificate, key) = Pem.Make("second");
        Pem.Place(pem.KeyFile, key);
        // A key without its certificate is of no use yet.
        (await Shown()).ShouldBe("CN=first");
        Pem.Place(pem.CertificateFile, certificate);
        (await Shown()).ShouldBe("CN=second");
        Pem.Place(pem.CertificateFile, "nonsense");
        (await Shown()).ShouldBe("CN=second");

        (await open.Content.ReadAsByteArrayAsync(Stop)).ShouldBe(gate.World.Content["huge.bin"]);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(Size);
    }

    [Fact]
    public async Task An_HTTP_2_stream_that_is_reset_is_charged_for_what_passed_and_its_connection_goes_on()
    {
        const int slice = 65_536;
        var pem = new Pem(_folder);
        pem.Write("gate");
        await using var gate = await Start(pem);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        using var http = Client(slice);
        var read = new byte[500_000];
        using (var open = await http.SendAsync(Request(gate, claims), HttpCompletionOption.ResponseHeadersRead, Stop))
        {
            open.Version.ShouldBe(HttpVersion.Version20);
            await (await open.Content.ReadAsStreamAsync(Stop)).ReadExactlyAsync(read, Stop);
        }

        read.ShouldBe(gate.World.Content["huge.bin"][..read.Length]);
        using var next = await http.SendAsync(Request(gate, claims, "bytes=0-99"), Stop);
        next.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        await gate.Until(() => gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti) == 1 && Reserved(gate, claims) == 0);
        await gate.Until(g => g.UploadedAll());
        // Less by the slice under way at most; more by its window, which grows while it reads.
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeInRange(read.Length - slice + 100, 5_000_000);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_one_sentence_at_the_start()
    {
        var pem = new Pem(_folder);
        pem.Write("gate");
        File.Delete(pem.KeyFile);

        var failure = await Should.ThrowAsync<InvalidConfigurationException>(() => Start(pem));

        failure.Message.ShouldContain(pem.KeyFile);
        failure.Message.Split('\n').ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Tls_without_a_certificate_is_told_at_the_start()
    {
        var failure = await Should.ThrowAsync<InvalidConfigurationException>(() => TestGate.Start(settings: new() { ["TlsUrl"] = Url }));

        failure.Message.ShouldContain("CertificateFile");
        failure.Message.ShouldContain("CertificateKeyFile");
    }

    private string Url => $"https://127.0.0.1:{_port}";

    private Task<TestGate> Start(Pem pem) => TestGate.Start([("huge.bin", Size)], new()
    {
        ["TlsUrl"] = Url, ["CertificateFile"] = pem.CertificateFile, ["CertificateKeyFile"] = pem.KeyFile,
    });

    private static long Reserved(TestGate gate, Core.Licences.LicenceClaims claims) =>
        gate.Services.GetRequiredService<Credit.Licences>().Of(claims.Jti).Read(Meter.BytesDelivered).Reserved;

    private static HttpRequestMessage Request(TestGate gate, Core.Licences.LicenceClaims claims, string? range = null)
    {
        var request = gate.World.Get("huge.bin", gate.World.Token(claims), range);
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        return request;
    }

    private HttpClient Client(int? window = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = Pem.Takes },
        };
        handler.InitialHttp2StreamWindowSize = window ?? handler.InitialHttp2StreamWindowSize;
        return new HttpClient(handler) { BaseAddress = new Uri(Url) };
    }

    /// <summary>Whose certificate a new connection is shown.</summary>
    private async Task<string> Shown()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _port, Stop);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = Pem.Takes }, Stop);
        return tls.RemoteCertificate.ShouldBeOfType<X509Certificate2>().Subject;
    }
}
