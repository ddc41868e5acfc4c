using System.Text.Json.Nodes;
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
        services.AddSingleton<ListReceipts>();
        services.AddWorker<Sequencer>(
            Sequencer.Worker, TimeSpan.FromMilliseconds(200), (sequencer, stop) => sequencer.Step(stop));
        services.AddHealthChecks().AddCheck<LogState>("log");
    }

    public static void MapTransparency(this WebApplication app)
    {
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        var log = app.MapGroup("/log").AllowAnonymous().WithTags("Transparency");
        log.MapMethods("/checkpoint", reads, (ServeLog serve, HttpContext context) => serve.Checkpoint(context))
            .WithName("GetLogCheckpoint").WithSummary("The signed head of the log.")
            .Produces<string>(contentType: "text/plain").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        log.MapMethods(
                "/tile/{**path}", reads, (ServeLog serve, HttpContext context, string? path) => serve.Tile(context, path))
            .WithName("GetLogTile")
            .WithSummary("A tile of hashes or a bundle of entries, by its address in C2SP tlog-tiles.")
            .Produces<byte[]>(contentType: "application/octet-stream").ProducesProblem(StatusCodes.Status404NotFound);
        log.MapMethods("/key", reads, (ServeLog serve, HttpContext context) => serve.Key(context))
            .WithName("GetLogKey").WithSummary("The log's verifier key, for 'tally verify --key'.")
            .Produces<string>(contentType: "text/plain").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        MapReceipts(app.MapGroup("/v1/receipts").WithTags("Transparency"));
    }

    private static void MapReceipts(RouteGroupBuilder receipts)
    {
        receipts.MapGet(
                "",
                async (ListReceipts list, Caller? caller, [AsParameters] ListReceipts.Request request, CancellationToken stop) =>
                    caller is null
                        ? Anonymous()
                        : (await list.Handle(caller, request, stop)).ToHttp(page => Results.Ok(page)))
            .WithName("ListReceipts").WithSummary("Your receipts, newest first.")
            .Produces<Page<ListReceipts.Item>>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized);
        receipts.MapGet(
                "/{id}",
                async (GetReceipt get, HttpContext context, Caller? caller, string id, CancellationToken stop) =>
                    caller is null ? Anonymous() : await get.Handle(context, caller, id, stop))
            .WithName("GetReceipt").WithSummary("A receipt that 'tally verify' checks offline.")
            .Produces<JsonObject>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status410Gone).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Anonymous() =>
        Problems.Unauthenticated.With("Receipts are shown to their owners only.").ToHttp();
}
