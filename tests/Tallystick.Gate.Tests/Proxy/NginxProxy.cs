using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests.Proxy;

/// <summary>The real nginx in front of a gate, with the configuration that docs/behind-a-proxy.md tells operators to use.</summary>
internal sealed partial class NginxProxy : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private readonly Process _process;
    private readonly string _folder;

    private NginxProxy(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    public string Url => $"https://127.0.0.1:{Port}";

    /// <summary>What its certificate is checked by.</summary>
    public string CertificateFile => new Pem(_folder).CertificateFile;

    public static async Task<NginxProxy> Start(TestGate gate)
    {
        Assert.SkipUnless(File.Exists(Program), "nginx is not on this machine");
        var folder = Directory.CreateTempSubdirectory("tally-nginx-").FullName;
        // Its workers have an account of their own.
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var port = Ports.Free();
        new Pem(folder).Write("gate.example");
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            daemon off; pid {{folder}}/pid; error_log stderr error;
            events { worker_connections 512; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p;
              fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
              {{Documented(gate, folder, port)}}
            }
            """,
            TestContext.Current.CancellationToken);
        var process = Process.Start(new ProcessStartInfo(Program, ["-c", configuration, "-p", folder]) { RedirectStandardError = true })!;
        var proxy = new NginxProxy(process, folder, port);
        await gate.Until(async _ => await proxy.Listens());
        return proxy;
    }

    /// <summary>A client that sends where it says and takes the proxy's certificate.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = Pem.Takes } })
    {
        BaseAddress = new Uri(Url), DefaultRequestVersion = HttpVersion.Version20,
    };

    public async ValueTask DisposeAsync()
    {
        // Asked to end, it ends its workers, which a kill would leave behind.
        using (var kill = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The page's own block, with this gate, port and certificate in place of its examples.</summary>
    private static string Documented(TestGate gate, string folder, int port)
    {
        var block = Block().Match(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "behind-a-proxy.md"))).Groups["text"].Value;
        foreach (var (example, here) in ((string, string)[])
        [
            ("server 127.0.0.1:8401;", $"server {gate.Http.BaseAddress!.Authority};"),
            ("listen 443 ", $"listen 127.0.0.1:{port} "),
            ("/etc/tally/certificate.pem", new Pem(folder).CertificateFile),
            ("/etc/tally/key.pem", new Pem(folder).KeyFile),
        ])
        {
            block.ShouldContain(example);
            block = block.Replace(example, here, StringComparison.Ordinal);
        }

        return block;
    }

    private async Task<bool> Listens()
    {
        if (_process.HasExited)
        {
            Assert.Fail(await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex("```nginx\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
