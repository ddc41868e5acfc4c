using Microsoft.AspNetCore.Authentication;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

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
    }
}
