using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>The other baseline: Debian's nginx with sendfile, serving files under their numbers.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private NginxServer(Process process, TemporaryFolder folder, string host) => (_process, _folder, Host) = (process, folder, host);

    /// <summary>The first file.</summary>
    public string Url => UrlOf(0);

    private string Host { get; }

    public string UrlOf(int number) => $"{Host}/{number}";

    public static async Task<NginxServer> Start(CancellationToken stop, params IReadOnlyList<string> files)
    {
        var folder = new TemporaryFolder();
        var port = MeasuredProcess.FreePort();
        for (var i = 0; i < files.Count; i++)
        {
            File.Copy(files[i], Path.Combine(folder.Path, $"{i}"));
        }

        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        var configuration = Path.Combine(folder.Path, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            worker_processes auto; daemon off; pid {{folder.Path}}/pid; error_log stderr crit;
            events { worker_connections 2048; }
            http {
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
              client_body_temp_path {{folder.Path}}/b; proxy_temp_path {{folder.Path}}/p;
              fastcgi_temp_path {{folder.Path}}/f; uwsgi_temp_path {{folder.Path}}/u; scgi_temp_path {{folder.Path}}/s;
              server { listen 127.0.0.1:{{port}}; root {{folder.Path}}; }
            }
            """,
            stop);
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-c", configuration, "-p", folder.Path]))!;
        await Task.Delay(500, stop);
        return new NginxServer(process, folder, $"http://127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
