using System.Net;
using Tallystick.Gate.Tests.Support;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>That the server listens as the gate does, whose suite goes into it.</summary>
public sealed class ListeningTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_speaks_HTTP_2_over_TLS_with_the_certificate_that_lies_there_now()
    {
        var folder = Directory.CreateTempSubdirectory("tally-tls-").FullName;
        var (pem, url) = (new Pem(folder), $"https://127.0.0.1:{Ports.Free()}");
        pem.Write("first");
        await using var server = await TestServer.Start(postgres, new()
        {
            ["Server:TlsUrl"] = url, ["Server:CertificateFile"] = pem.CertificateFile, ["Server:CertificateKeyFile"] = pem.KeyFile,
        });

        (await Shown(url)).ShouldBe("CN=first");
        pem.Write("second");
        (await Shown(url)).ShouldBe("CN=second");

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> Shown(string url)
    {
        var subject = "";
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    subject = certificate?.Subject ?? "";
                    return certificate is not null;
                },
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/health/live")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await http.SendAsync(request, Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return subject;
    }
}
