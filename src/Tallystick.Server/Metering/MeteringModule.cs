using Tallystick.Core.Gates;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

internal static class MeteringModule
{
    public static void AddMetering(this WebApplicationBuilder builder, CheckedOptions options)
    {
        var services = builder.Services;
        options.Add<MeteringOptions>(services, "Metering");
        services.AddSingleton<EventPartitions>();
        services.AddSingleton<IngestUsage>();
        services.AddSingleton<LicenceFacts>();
        services.AddSingleton<CheckUsage>();
        services.AddSingleton<RepeatedUses>();
        services.AddSingleton<UsageCases>();
        services.AddSingleton<EpochSteps>();
        services.AddSingleton<RollUpUsage>();
        services.AddSingleton<SealUsage>();
        services.AddSingleton<SealDue>();
        services.AddSingleton<SealedUsage>();
        services.AddSingleton<SpentUsage>();
        services.AddSingleton<EpochLogs>();
        services.AddSingleton(new LicenceUses(CountLicenceUses.Of));
        services.AddSingleton<MeteredRequests>();
        services.AddSingleton<UsageReceipts>();
        services.AddSingleton<ReadUsage>();
        services.AddSingleton<AddUsageUp>();
        services.AddSingleton<MeteringProgress>();
        services.AddSingleton<MeteringGauges>();
        services.AddGauges<MeteringGauges>((g, stop) => g.Read(stop));
        services.AddEventHandler<LicenceGranted, LicenceHolders>();
        services.AddWorker<RollUpUsage>(RollUpUsage.Worker, TimeSpan.FromSeconds(1), (r, stop) => r.Step(stop));
        services.AddWorker<RepeatedUses>(RepeatedUses.Worker, TimeSpan.FromHours(1), (r, stop) => r.Step(stop));
        services.AddWorker<SealDue>(SealDue.Worker, TimeSpan.FromMilliseconds(500), (s, stop) => s.Step(stop));
        services.AddUsageCases();
    }

    public static void MapMetering(this WebApplication app)
    {
        app.MapPost("/gate/v1/usage", IngestUsage.Handle).RequireAuthorization(GateCaller.Policy)
            .WithName("IngestUsage").WithSummary("A gate hands in usage; acknowledged means durable, and billed or set aside.")
            .TakesBody(IngestUsage.BodyBytesMost, IngestUsage.TooLargeAdvice)
            .Accepts<byte[]>("application/x-protobuf")
            .Produces(StatusCodes.Status200OK, contentType: "application/x-protobuf")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415);
        app.MapPost("/gate/v1/uses", AnswerUse.Handle).RequireAuthorization(GateCaller.Policy)
            .WithName("AskUse").WithSummary("Whether a pass over a unit was counted, at whichever gate.")
            .Produces<UseAnswer>().ProducesProblem(400);
        app.MapGet("/v1/usage", async (
                [AsParameters] UsageWanted wanted, [AsParameters] ReadUsage.Part part, Caller caller, ReadUsage slice, CancellationToken stop) =>
                (await slice.Handle(caller, wanted, part, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.UsageRead)
            .WithName("ReadUsage").WithSummary("Usage per licence and meter, by hour or day, newest first.")
            .Produces<ReadUsage.Page>().ProducesProblem(400);
        app.MapGet("/v1/usage/totals", async (
                [AsParameters] UsageWanted wanted, Caller caller, AddUsageUp slice, CancellationToken stop) =>
                (await slice.Handle(caller, wanted, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.UsageRead)
            .WithName("AddUsageUp").WithSummary("Usage per meter, by hour or day: what a chart draws.")
            .Produces<AddUsageUp.Answer>().ProducesProblem(400);
        app.MapGet("/v1/usage-receipts/{request}", UsageReceipts.Handle).RequiresScope(Scope.UsageRead)
            .WithName("ReadUsageReceipts").WithSummary("Receipts that prove how a request was counted.")
            .Produces<UsageReceipts.Page>().ProducesProblem(404).ProducesProblem(409);
    }
}
