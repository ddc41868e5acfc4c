namespace Tallystick.Server.Foundation;

/// <summary>
/// Answers only under the names of this server. A name of somebody else's that leads here (DNS rebinding) would make a
/// browser take this server for that somebody's, and what is made from the Host header would lead there. The health of the
/// process is told under every name: whoever watches it often knows only its address.
/// </summary>
internal static class AllowedHosts
{
    // None of these can be made to lead elsewhere (RFC 6761, section 6.3).
    private static readonly string[] OfThisMachine = ["localhost", "127.0.0.1", "[::1]", "*.localhost"];

    public static IApplicationBuilder UseAllowedHosts(this IApplicationBuilder app)
    {
        var options = app.ApplicationServices.GetRequiredService<FoundationOptions>();
        string[] all = [.. OfThisMachine, new Uri(options.PublicUrl).Host, .. options.AllowedHosts];
        HashSet<string> names = new(all.Where(h => !h.StartsWith('*')), StringComparer.OrdinalIgnoreCase);
        string[] ends = [.. all.Where(h => h.StartsWith('*')).Select(h => h[1..])];
        return app.Use((context, next) =>
        {
            var host = context.Request.Host.Host;
            return names.Contains(host) ||
                ends.Any(e => host.Length > e.Length && host.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ||
                context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
                ? next(context)
                : FoundationProblems.WrongHost.With("The Host header names another server.").ToHttp().ExecuteAsync(context);
        });
    }
}
