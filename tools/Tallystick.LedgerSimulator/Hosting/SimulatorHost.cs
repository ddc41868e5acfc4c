using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.LedgerSimulator.Rpc;

namespace Tallystick.LedgerSimulator.Hosting;

/// <summary>All nodes of all networks in one process, each on its own port of the loopback interface.</summary>
internal sealed class SimulatorHost : IAsyncDisposable
{
    private const string NodeItem = "node";
    private const int BodyBytesMax = 4 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly SimulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Task _clock = Task.CompletedTask;

    private SimulatorHost(SimulatorOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var networks = new Dictionary<uint, Network>();
        var nodes = new List<Node>();
        foreach (var (_, id) in options.Nodes)
        {
            if (!networks.TryGetValue(id, out var network)) networks[id] = network = new Network(new NetworkRules(id), time);
            nodes.Add(network.AddNode($"node{nodes.Count + 1}"));
        }
        (Nodes, Networks) = (nodes, [.. networks.Values]);
        _app = Build();
    }

    public IReadOnlyList<Node> Nodes { get; }

    public IReadOnlyList<Network> Networks { get; }

    /// <summary>The ports that were really taken, in the order of the nodes.</summary>
    public IReadOnlyList<int> Ports { get; private set; } = [];

    public static async Task<SimulatorHost> Start(SimulatorOptions options, TimeProvider time, CancellationToken stop)
    {
        var host = new SimulatorHost(options, time);
        await host._app.StartAsync(stop);
        host.Ports = [.. host._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(a => new Uri(a).Port)];
        if (options.CloseEvery is { } every) host._clock = host.CloseByClock(every);
        return host;
    }

    public Task WaitForShutdown() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _clock;
        foreach (var node in Nodes) node.Disconnect();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            foreach (var ((port, _), node) in _options.Nodes.Zip(Nodes))
                kestrel.Listen(IPAddress.Loopback, port, listen => listen.Use(next => connection =>
                {
                    connection.Items[NodeItem] = node;
                    return next(connection);
                }));
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(Serve);
        return app;
    }

    private async Task Serve(HttpContext context)
    {
        var node = (Node)context.Features.Get<IConnectionItemsFeature>()!.Items[NodeItem]!;
        if (context.Request.Path == "/sim") await ServeAdmin(context, node);
        else if (node.Faults.DownUntil > node.Now) context.Abort();
        else if (context.WebSockets.IsWebSocketRequest) await ServeWebSocket(context, node);
        else await ServeJsonRpc(context, node);
    }

    private async Task ServeWebSocket(HttpContext context, Node node)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var session = new Session(socket, node, _time);
        node.Add(session);
        try
        {
            await session.Run(context.RequestAborted);
        }
        finally
        {
            node.Remove(session);
        }
    }

    private async Task ServeJsonRpc(HttpContext context, Node node)
    {
        if (await Body(context) is not { } body) return;
        if (node.Faults.Delay > TimeSpan.Zero) await Task.Delay(node.Faults.Delay, _time, context.RequestAborted);
        var drop = node.Faults.TakeDrop(body["method"]?.ToString() ?? "");
        if (drop != false)
        {
            var answer = RpcDoor.AnswerJsonRpc(node, body);
            if (drop is null)
            {
                context.Response.ContentType = "application/json";
                await context.Response.BodyWriter.WriteAsync(RpcDoor.Serialize(answer), context.RequestAborted);
                return;
            }
        }
        context.Abort();
    }

    private static async Task ServeAdmin(HttpContext context, Node node)
    {
        if (await Body(context) is not { } body) return;
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(RpcDoor.Serialize(Admin.Run(node, body)), context.RequestAborted);
    }

    private static async Task<JsonObject?> Body(HttpContext context)
    {
        try
        {
            if (HttpMethods.IsPost(context.Request.Method)
                && await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) is JsonObject body)
                return body;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return null;
    }

    private async Task CloseByClock(TimeSpan every)
    {
        using var timer = new PeriodicTimer(every, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                foreach (var network in Networks) network.CloseLedger();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
