using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Behind a proxy every connection comes from the proxy, and limits by address would hit all of its people at once. What
/// a proxy says of the caller is believed when the operator has named that proxy, and from nobody else: anybody can write
/// these headers. The last address that no named proxy added is the caller's.
/// </summary>
internal static class TrustedProxies
{
    private const int ProxiesMost = 10;

    public static IApplicationBuilder UseTrustedProxies(this IApplicationBuilder app)
    {
        var trusted = app.ApplicationServices.GetRequiredService<FoundationOptions>().TrustedProxies;
        if (trusted.Length == 0)
        {
            return app;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = ProxiesMost,
        };
        // The framework trusts this machine by itself; here only what was named counts.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in trusted)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }

        return app.UseForwardedHeaders(options);
    }
}
