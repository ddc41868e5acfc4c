using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Licensing;

internal static class LicensingModule
{
    public static void AddLicensing(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        checkedOptions.Add<LicensingOptions>(builder.Services, "Licensing");
        var services = builder.Services;
        services.AddSingleton<KeyWrap>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<PublishedKeys>();
        services.AddSingleton<Pseudonyms>();
        services.AddSingleton<LicenceTokens>();
        services.AddSingleton<Licences>();
        services.AddSingleton(CreatorsPart.AfterFee(FeeBasisPoints(builder.Configuration)));
        services.AddSingleton<GrantLicence>();
        services.AddSingleton<GetLicence>();
        services.AddSingleton<ChangeStatus>();
        services.AddSingleton<FollowDisputes>();
        services.AddSingleton<RefundRevoked>();
        services.AddSingleton<RevokeLicence>();
        services.AddSetAsideKind(RevocationCases.Kind);
        services.AddSingleton<RenewLicence>();
        services.AddSingleton<StatusLists>();
        services.AddEventHandler<PurchasePaid, GrantOnPurchase>();
        services.AddEventHandler<PurchaseRefunded, RevokeOnRefund>();
        services.AddEventHandler<DisputeOpened, SuspendOnDispute>();
        services.AddEventHandler<DisputeClosed, DecideOnDispute>();
        services.AddWorker<SigningKeys>(SigningKeys.Worker, TimeSpan.FromMinutes(1), (keys, stop) => keys.Rotate(stop));
        services.AddAuthorizationBuilder().AddPolicy(Introspect.Policy, OrganisationOrGate);
    }

    public static void MapLicensing(this WebApplication app)
    {
        GetLicence.Map(app);
        ShowLicences.Map(app);
        RevokeLicence.Map(app);
        RenewLicence.Map(app);
        ShowKeys.Map(app);
        StatusLists.Map(app);
        Introspect.Map(app);
        RevokeToken.Map(app);
        ExchangeToken.Map(app);
    }

    // One number for what licences promise and what billing takes. Royalties owns and checks it; it calls Licensing, so
    // Licensing cannot call it.
    private static int FeeBasisPoints(IConfiguration configuration) =>
        int.TryParse(configuration["Tally:Royalties:PlatformFeeBasisPoints"], CultureInfo.InvariantCulture, out var fee)
            ? fee
            : 1_000;

    private static void OrganisationOrGate(AuthorizationPolicyBuilder policy) => policy.RequireAssertion(
        context => context.User.HasClaim(c => c.Type is Caller.OrganisationClaim or GateCaller.GateClaim));
}
