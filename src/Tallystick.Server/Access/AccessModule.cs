using Microsoft.AspNetCore.Authentication;
using Tallystick.Core.Gates;
using Tallystick.Hosting;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Access;

internal static class AccessModule
{
    public static void AddAccess(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        checkedOptions.Add<AccessOptions>(builder.Services, "Access");
        var services = builder.Services;
        services.AddSingleton<Gates>();
        services.AddHostedService(provider => provider.GetRequiredService<Gates>());
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, GateAuthentication>(GateCaller.Scheme, null);
        services.AddAuthorizationBuilder().AddPolicy(
            GateCaller.Policy,
            policy => policy.AddAuthenticationSchemes(GateCaller.Scheme).RequireClaim(GateCaller.GateClaim));
        services.AddSingleton<FeedSignal>();
        services.AddSingleton<FeedGenerations>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedGenerations>());
        services.AddSingleton<Feed>();
        services.AddSingleton<FollowFeed>();
        services.AddSingleton<Epochs>();
        services.AddSingleton<IssueEpoch>();
        services.AddSingleton<ReportState>();
        services.AddSingleton<LeaseLimits>();
        services.AddSingleton<AnswerLeases>();
        services.AddSingleton<ReturnLeases>();
        services.AddSingleton<GateGrants>();
        services.AddSingleton(provider => provider.GetRequiredService<GateGrants>().Port);
        services.AddSingleton<Credit>();
        services.AddSingleton<KnownGates>();
        services.AddSingleton<GateGauges>();
        services.AddGauges<GateGauges>((g, stop) => g.Read(stop));
        services.AddGateCases();
        services.AddEventHandler<WorkPublished, FeedWorks>();
        services.AddEventHandler<OfferPublished, FeedOffers>();
        services.AddEventHandler<OfferWithdrawn, FeedOffers>();
        services.AddEventHandler<LicenceRevoked, FeedLicenceStatuses>();
        services.AddEventHandler<SigningKeyChanged, FeedSigningKeys>();
        services.AddEventHandler<UsesRepeated, GiveBackRepeats>();
        services.AddSingleton<FreeMoney>();
        services.AddSingleton(new WalletHold(Credit.Held));
        services.AddSingleton<ThinFeed>();
        services.AddWorker<ThinFeed>(ThinFeed.Worker, TimeSpan.FromHours(1), (t, stop) => t.Step(stop));
        services.AddSingleton<RefreshFeed>();
        services.AddWorker<RefreshFeed>(RefreshFeed.Worker, TimeSpan.FromHours(1), (r, stop) => r.Step(stop));
        services.AddWorker<ReturnLeases>(ReturnLeases.Worker, TimeSpan.FromMinutes(10), (r, stop) => r.Step(stop));
    }

    public static void MapAccess(this WebApplication app)
    {
        var gate = app.MapGroup("/gate/v1").RequireAuthorization(GateCaller.Policy).WithTags("Gates");
        gate.MapGet("/feed", FollowFeed.Handle)
            .WithName("FollowFeed").WithSummary("What gates must know and did not know yet; waits for news.")
            .Produces<FeedPage>().ProducesProblem(400);
        gate.MapGet("/blobs/{sha256}/blocks", AnswerBlocks.Handle)
            .WithName("ShowBlocks").WithSummary("Hashes of the blocks of a large file, by which a gate checks what it reads of it.")
            .Produces<BlobBlocks>().ProducesProblem(400).ProducesProblem(404);
        gate.MapPost("/epochs", IssueEpoch.Handle)
            .WithName("IssueEpoch").WithSummary("The number under which a gate's log counts its events, and the token that speaks for it.")
            .Produces<EpochGrant>().ProducesProblem(400).ProducesProblem(409);
        gate.MapPost("/state", ReportState.Handle)
            .WithName("ReportGateState").WithSummary("How a gate is; answered with whether it may still lease.")
            .Produces<GateStanding>().ProducesProblem(400).ProducesProblem(409);
        gate.MapPost("/leases", AnswerLeases.Handle)
            .WithName("Lease").WithSummary("The right to deliver more under a licence whose quantity is limited.")
            .Produces<LeaseGrant>().ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);
        gate.MapPost("/leases/return", ReturnLeases.Handle)
            .WithName("ReturnLease").WithSummary("Gives back what will not be delivered.")
            .Produces<LeaseGrant>().ProducesProblem(400).ProducesProblem(409);
    }
}
