using System.Diagnostics;

namespace Tallystick.Bench;

/// <summary>The other baseline: Debian's nginx with sendfile, serving one folder.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private NginxServer(Process process, DirectoryInfo folder, string url) => (_process, _folder, Url) = (process, folder, url);

    public string Url { get; }

    public static async Task<NginxServer> Start(string file, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("tally-nginx-");
        var port = MeasuredProcess.FreePort();
        File.Copy(file, Path.Combine(folder.FullName, "file"));
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        var configuration = Path.Combine(folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            worker_processes auto; daemon off; pid {{folder.FullName}}/pid; error_log stderr crit;
            events { worker_connections 2048; }
            http {
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
              client_body_temp_path {{folder.FullName}}/b; proxy_temp_path {{folder.FullName}}/p;
              fastcgi_temp_path {{folder.FullName}}/f; uwsgi_temp_path {{folder.FullName}}/u; scgi_temp_path {{folder.FullName}}/s;
              server { listen 127.0.0.1:{{port}}; root {{folder.FullName}}; }
            }
            """,
            stop);
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-c", configuration, "-p", folder.FullName]))!;
        await Task.Delay(500, stop);
        return new NginxServer(process, folder, $"http://127.0.0.1:{port}/file");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
