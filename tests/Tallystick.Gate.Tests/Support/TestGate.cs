using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tallystick.Gate.Tests.Support;

/// <summary>A gate in this process over real HTTP, with a server double and a published work. The gate can be started anew.</summary>
internal sealed class TestGate : IAsyncDisposable
{
    private WebApplication? _app;
    private Dictionary<string, string?> _settings = [];

    private TestGate(ServerDouble server, string folder) =>
        (Server, Folder, World) = (server, folder, new World(server, folder));

    public ServerDouble Server { get; }

    public World World { get; }

    public string Folder { get; }

    /// <summary>The gate's own clock; the system's unless a test brings one.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public HttpClient Http { get; private set; } = new();

    public IServiceProvider Services => _app!.Services;

    public static async Task<TestGate> Start(
        (string Path, int Bytes)[]? files = null, Dictionary<string, string?>? settings = null, Action<TestGate>? before = null)
    {
        var gate = new TestGate(await ServerDouble.Start(), Directory.CreateTempSubdirectory("tally-gate-").FullName);
        gate.World.Publish(files ?? [("small.bin", 10_000), ("large.bin", 3_000_000)]);
        before?.Invoke(gate);
        await gate.Begin(settings);
        await gate.Until(g => g.Ready());
        return gate;
    }

    public async Task Begin(Dictionary<string, string?>? settings = null)
    {
        _settings = settings ?? _settings;
        var data = Path.Combine(Folder, "data");
        Directory.CreateDirectory(data);
        var all = new Dictionary<string, string?>
        {
            ["ServerUrl"] = Server.Url,
            ["PublicUrl"] = "http://gate.test",
            ["Secret"] = ServerDouble.Secret,
            ["DataFolder"] = data,
            ["BlobFolder"] = World.Blobs,
            ["UploadLingerMilliseconds"] = "20",
            ["FeedWaitSeconds"] = "1",
            ["LogSegmentBytes"] = "1000000",
            ["LogBytesMost"] = "100000000",
        };
        foreach (var (key, value) in _settings)
        {
            all[key] = value;
        }

        _app = GateApp.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(all.Select(s => KeyValuePair.Create($"Tally:Gate:{s.Key}", s.Value)));
            builder.Services.AddSingleton(Clock);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            if (Environment.GetEnvironmentVariable("TALLY_TEST_LOG") is not null)
            {
                builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);
            }
        });
        await _app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public async Task Stop()
    {
        if (_app is { } app)
        {
            _app = null;
            Http.Dispose();
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async Task<bool> Ready()
    {
        using var answer = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Why the gate says that it is not ready.</summary>
    public async Task<string> Reasons() => (await Health())["reasons"]!.ToJsonString();

    public async Task<JsonNode> Health()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
        return (await Send(request)).Json;
    }

    /// <summary>A whole answer.</summary>
    public Task<Fetched> Get(string path, string? token, string? range = null, string? pass = null) =>
        Send(World.Get(path, token, range, pass));

    public async Task<Fetched> Send(HttpRequestMessage request)
    {
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Fetched(answer, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends bytes as they are, and reads until the gate closes the connection.</summary>
    public async Task<string> Raw(string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        await using var answer = new NetworkStream(socket);
        using var bytes = new MemoryStream();
        try
        {
            await answer.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It was reset, because more was sent than read.
        }

        return Encoding.Latin1.GetString(bytes.ToArray());
    }

    /// <summary>Everything that was recorded has arrived and was acknowledged.</summary>
    public Task<bool> UploadedAll()
    {
        var log = Services.GetRequiredService<Metering.LocalLog>();
        lock (log.Sync)
        {
            var last = log.State.NextSeq - 1;
            return Task.FromResult(log.State.AcknowledgedSeq == last && Server.Events.Count == last);
        }
    }

    /// <summary>Waits until something holds, and fails when it does not within a time that a loaded machine may need.</summary>
    public async Task Until(Func<TestGate, Task<bool>> holds, int seconds = 30)
    {
        var began = Stopwatch.StartNew();
        while (!await holds(this))
        {
            (began.Elapsed.TotalSeconds < seconds).ShouldBeTrue("It did not come to pass in time.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public Task Until(Func<bool> holds, int seconds = 30) => Until(_ => Task.FromResult(holds()), seconds);

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>An answer that was read to its end.</summary>
internal sealed record Fetched(HttpResponseMessage Answer, byte[] Bytes)
{
    public HttpStatusCode Status => Answer.StatusCode;

    public JsonNode Json => JsonNode.Parse(Bytes)!;

    /// <summary>Last part of the problem's type.</summary>
    public string Problem => Json["type"]!.GetValue<string>().Split('/')[^1];

    public string? Header(string name) =>
        Answer.Headers.TryGetValues(name, out var values) || Answer.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values) : null;
}
