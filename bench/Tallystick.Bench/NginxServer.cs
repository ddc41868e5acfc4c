using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>The other baseline: Debian's nginx with sendfile, serving one folder.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private NginxServer(Process process, TemporaryFolder folder, string url) => (_process, _folder, Url) = (process, folder, url);

    public string Url { get; }

    public static async Task<NginxServer> Start(string file, CancellationToken stop)
    {
        var folder = new TemporaryFolder();
        var port = MeasuredProcess.FreePort();
        File.Copy(file, Path.Combine(folder.Path, "file"));
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
        return new NginxServer(process, folder, $"http://127.0.0.1:{port}/file");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
