using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tallystick.Bench;

/// <summary>A process of ours under load: its processor time and memory as the kernel counts them.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private const long KernelTicksPerSecond = 100;
    private readonly Process _process;

    private MeasuredProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    /// <summary>Processor seconds so far, user and kernel, all threads.</summary>
    public double CpuSeconds
    {
        get
        {
            var text = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (double)(long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) /
                KernelTicksPerSecond;
        }
    }

    /// <summary>Resident memory in megabytes (10^6).</summary>
    public double ResidentMegabytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
    }

    /// <summary>Starts an assembly that lies built for release, on a free port, and waits until it answers.</summary>
    public static async Task<MeasuredProcess> Start(
        string project, IReadOnlyDictionary<string, string> environment, string ready, CancellationToken stop,
        params string[] arguments)
    {
        var output = Path.Combine(Repository(), "artifacts", "bin", project, "release");
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(output, project + ".dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = output,
        };
        start.Environment["ASPNETCORE_URLS"] = url;
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value.Replace("{url}", url, StringComparison.Ordinal);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var measured = new MeasuredProcess(process, url);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                if ((await http.GetAsync(new Uri(url + ready), stop)).IsSuccessStatusCode)
                {
                    return measured;
                }
            }
            catch (Exception gone) when (gone is HttpRequestException or SocketException && !process.HasExited)
            {
                // Not listening yet.
            }

            await Task.Delay(100, stop);
        }

        throw new InvalidOperationException($"{project} did not get ready.");
    }

    public static string Repository() => Environment.GetEnvironmentVariable("TALLY_REPO")
        ?? throw new InvalidOperationException("TALLY_REPO is not set: run it as ./tally bench.");

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
