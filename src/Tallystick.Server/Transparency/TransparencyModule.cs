using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Transparency;

/// <summary>The append-only log and its receipts.</summary>
internal static class TransparencyModule
{
    public static void AddTransparency(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        var services = builder.Services;
        checkedOptions.Add<TransparencyOptions>(services, "Transparency");
        services.AddSingleton<LogPlaces>();
        services.AddSingleton<LogState>();
        services.AddSingleton<LogKey>();
        services.AddSingleton<LogFolder>();
        services.AddSingleton<LogRows>();
        services.AddSingleton<LogSettings>();
        services.AddSingleton<PublishLog>();
        services.AddSingleton<RecoverLog>();
        services.AddSingleton<Sequencer>();
        services.AddSingleton<FindReceipt>();
        services.AddSingleton<LogReceipts>();
        services.AddSingleton<ServeLog>();
        services.AddSingleton<GetReceipt>();
        services.AddWorker<Sequencer>(
            Sequencer.Worker, TimeSpan.FromMilliseconds(200), (sequencer, stop) => sequencer.Step(stop));
        services.AddHealthChecks().AddCheck<LogState>("log");
    }

    public static void MapTransparency(this WebApplication app)
    {
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        var log = app.MapGroup("/log").AllowAnonymous().WithTags("Transparency");
        log.MapMethods("/checkpoint", reads, (ServeLog serve, HttpContext context) => serve.Checkpoint(context))
            .WithSummary("The signed head of the log.");
        log.MapMethods(
                "/tile/{**path}", reads, (ServeLog serve, HttpContext context, string? path) => serve.Tile(context, path))
            .WithSummary("A tile of hashes or a bundle of entries, by its address in C2SP tlog-tiles.");
        log.MapMethods("/key", reads, (ServeLog serve, HttpContext context) => serve.Key(context))
            .WithSummary("The log's verifier key, for 'tally verify --key'.");
        app.MapGet(
                "/v1/receipts/{id}",
                (GetReceipt get, HttpContext context, Caller? caller, string id, CancellationToken stop) =>
                    get.Handle(context, caller, id, stop))
            .WithTags("Transparency")
            .WithSummary("A receipt that 'tally verify' checks offline.");
    }
}
