using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Tallystick.StripeSimulator.Admin;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Pages;
using Tallystick.StripeSimulator.Webhooks;

namespace Tallystick.StripeSimulator.Hosting;

/// <summary>A running simulator on loopback: state, HTTP surface and webhook delivery.</summary>
internal sealed class SimulatorHost : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Simulator simulator;
    readonly HttpClient http;
    readonly WebhookSender? sender;
    readonly CancellationTokenSource stopping = new();
    Task delivering = Task.CompletedTask;

    SimulatorHost(WebApplication app, Simulator simulator, HttpClient http, WebhookSender? sender) =>
        (this.app, this.simulator, this.http, this.sender) = (app, simulator, http, sender);

    /// <summary>For example <c>http://127.0.0.1:12111</c>.</summary>
    public string Url { get; private set; } = "";

    public static async Task<SimulatorHost> StartAsync(
        SimulatorOptions options, TimeProvider time, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A start that fails is reported by the caller in one line, not by a stack trace as well.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.Limits.MaxRequestBodySize = ApiPipeline.BodyMaxBytes;
        });
        // Connections that a fault keeps hanging must not keep the process.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        var simulator = new Simulator(
            new JournalHeader(CommandJournal.Format, options.Seed, options.SettlementSeconds, options.PayoutSeconds),
            options.DataPath, time);
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        var sender = options.WebhookUrl is { } url
            ? new WebhookSender(simulator, http, url, options.WebhookSecret,
                options.ConnectWebhookSecret ?? options.WebhookSecret, time,
                app.Services.GetRequiredService<ILogger<WebhookSender>>())
            : null;

        var faults = new FaultPlan();
        app.Map("/v1/{**path}", new ApiPipeline(simulator, faults, options, time).HandleAsync);
        new ControlRoutes(simulator, faults, sender).Map(app);
        new HostedPages(simulator).Map(app);

        var host = new SimulatorHost(app, simulator, http, sender);
        await app.StartAsync(stop);
        host.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        simulator.Read(world => world.PublicUrl = host.Url);
        if (sender is not null)
        {
            simulator.Changed = sender.Wake;
            host.delivering = sender.RunAsync(host.stopping.Token);
        }

        return host;
    }

    public Task WaitAsync(CancellationToken stop) => app.WaitForShutdownAsync(stop);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        try
        {
            await delivering;
        }
        catch (OperationCanceledException)
        {
            // Stopping is how the sender ends.
        }

        await app.DisposeAsync();
        sender?.Dispose();
        http.Dispose();
        stopping.Dispose();
        simulator.Dispose();
    }
}
