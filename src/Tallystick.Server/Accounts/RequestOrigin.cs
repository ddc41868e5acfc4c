namespace Tallystick.Server.Accounts;

/// <summary>
/// Whether a page of ours made the browser send a request. A cookie goes with whatever request another page of the same
/// site starts (SameSite=Lax), and a JSON body can be sent as plain text without being asked for first; what no page can
/// set or forge is who it is.
/// 1. <c>Sec-Fetch-Site</c> (Fetch Metadata): browsers send it over https, and to this machine.
/// 2. <c>Origin</c> (RFC 6454, section 7): browsers send it with every request that is neither GET nor HEAD.
/// A request with neither comes from no browser that is in use, and from no other site.
/// </summary>
internal static class RequestOrigin
{
    public static bool IsOurs(HttpRequest request, string publicUrl)
    {
        // 1.
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site.ToString() is not ("same-origin" or "none"))
        {
            return false;
        }

        // 2. Behind a proxy that ends TLS the request itself looks like another one than the browser sent.
        var origin = request.Headers.Origin;
        return origin.Count == 0 ||
            Same(origin.ToString(), new Uri(publicUrl).GetLeftPart(UriPartial.Authority)) ||
            Same(origin.ToString(), $"{request.Scheme}://{request.Host}");
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
