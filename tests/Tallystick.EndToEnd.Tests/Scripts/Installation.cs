using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tallystick.EndToEnd.Tests.Faults;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>What a run of the script said and how it ended.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors)
{
    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>An installation of its own: a data folder, free ports, and the script of this repository.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private Process? _disk;

    /// <summary>Where the script stands.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Short, because the path of a socket is limited.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("tally-e2e-").FullName;

    /// <summary>The data folder as seen from here, also when it lies on a disk that only its own processes see.</summary>
    public string Data => _disk is null ? Home : $"/proc/{_disk.Id}/root{Home}";

    private string Home => Path.Combine(Folder, "data");

    public Dictionary<string, string> Environment { get; }

    public Installation()
    {
        // The account under which PostgreSQL runs passes through when root is testing.
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_001_001);
        var ports = FreePorts(3);
        Environment = new()
        {
            ["TALLY_HOME"] = Home,
            ["TALLY_CONFIGURATION"] = "Debug",
            ["TALLY_SERVER_PORT"] = ports[0],
            ["TALLY_GATE_PORT"] = ports[1],
            ["TALLY_STRIPE_PORT"] = ports[2],
        };
    }

    /// <summary>
    /// Lays the data folder on a small disk of its own, in a mount namespace that ends with its last process: nothing of it is
    /// left behind. False where mounting is not allowed.
    /// </summary>
    public async Task<bool> LieOnADiskOf(int megabytes)
    {
        Directory.CreateDirectory(Home);
        var disk = Start("/usr/bin/unshare", "-m", "/bin/bash", "-c", $"mount -t tmpfs -o size={megabytes}m small '{Home}' && echo mounted && exec sleep infinity");
        if (await disk.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) != "mounted")
        {
            disk.Dispose();
            return false;
        }

        _disk = disk;
        return true;
    }

    public Task<Ran> Tally(params string[] arguments) => Run(Path.Combine(Repository, "tally"), arguments);

    public async Task<Ran> Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new Ran(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end.");
        }
    }

    public Process Start(string program, params string[] arguments)
    {
        string[] inside = _disk is null ? [] : ["-t", $"{_disk.Id}", "-m", "--", program];
        var start = new ProcessStartInfo(_disk is null ? program : "/usr/bin/nsenter", [.. inside, .. arguments])
        {
            // From anywhere, not only from the repository.
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public int Pid(string name)
    {
        var file = name == "postgres"
            ? Path.Combine(Data, "pg", "data", "postmaster.pid")
            : Path.Combine(Data, "run", $"{name}.pid");
        return int.Parse(File.ReadAllText(file).Split(' ', '\n')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>A zombie that nobody has reaped yet is dead all the same.</summary>
    public static bool Lives(int pid)
    {
        var stat = $"/proc/{pid}/stat";
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    /// <summary>What the installation generated for itself.</summary>
    public string Secret(string name) => File.ReadLines(Path.Combine(Data, "secrets"))
        .Single(line => line.StartsWith(name + "=", StringComparison.Ordinal)).Split('=', 2)[1];

    /// <summary>Where its processes are and what is behind them.</summary>
    public Place Place => new(Url("SERVER"), Url("GATE"), Url("STRIPE"), Secret("OPERATOR_KEY"), Connection);

    /// <summary>PostgreSQL as a power cut leaves it: the postmaster and all that it forked.</summary>
    public async Task KillDatabase()
    {
        var postmaster = Pid("postgres");
        var children = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _))
            .Where(n => ParentOf(n!) == postmaster).ToList();
        await Run("/bin/kill", ["-KILL", $"{postmaster}", .. children!]);
    }

    public Task Kill9(params string[] names) =>
        Run("/bin/kill", ["-KILL", .. names.Select(n => Pid(n).ToString(CultureInfo.InvariantCulture))]);

    public async Task<bool> IsReady(string portVariable)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            var address = new Uri($"http://127.0.0.1:{Environment[portVariable]}/health/ready");
            using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception refused) when (refused is HttpRequestException or SocketException or TaskCanceledException)
        {
            return false;
        }
    }

    public static async Task Until(Func<Task<bool>> holds, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"It never came to this: {what}.");
            }

            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Tally("stop");
        _disk?.Kill();
        _disk?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private string Url(string name) => $"http://127.0.0.1:{Environment[$"TALLY_{name}_PORT"]}";

    private string Connection()
    {
        var socket = Path.Combine(Data, "pg");
        var port = File.ReadAllText(Path.Combine(socket, "data", "port.conf")).Split('=')[1].Trim();
        return $"Host={socket};Port={port};Database=tallystick;Username=tally;Password={Secret("DATABASE_PASSWORD")}";
    }

    private static int ParentOf(string pid)
    {
        try
        {
            // After the name, which may itself hold blanks and brackets: the state, then the parent.
            return int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It ended while we looked.
            return 0;
        }
    }

    private static string[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        string[] found = [.. ports];
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return found;
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tallystick.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/'))
                ?? throw new InvalidOperationException("The suite does not run inside the repository.");
        }

        return folder;
    }
}
