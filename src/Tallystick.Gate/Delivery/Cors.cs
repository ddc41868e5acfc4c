using Microsoft.Extensions.Primitives;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Any site's script may ask, because what opens a work is the token it sends along and never a cookie of ours.
/// </summary>
internal static class Cors
{
    private static readonly StringValues Anyone = "*";

    private static readonly StringValues Exposed =
        "Accept-Ranges, Content-Length, Content-Range, ETag, Link, Retry-After, Tally-Request, WWW-Authenticate";

    /// <summary>Always, and the same for everybody: a cache that keeps an answer for one site has it for all, without <c>Vary</c>.</summary>
    public static void Allow(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = Anyone;
        context.Response.Headers.AccessControlExposeHeaders = Exposed;
    }

    public static Task Preflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = "GET, HEAD, OPTIONS";
        headers.AccessControlAllowOrigin = Anyone;
        headers.AccessControlAllowMethods = "GET, HEAD";
        headers.AccessControlAllowHeaders =
            "Authorization, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, Tally-Pass, Tally-Use, traceparent";
        headers.AccessControlMaxAge = "86400";
        return Task.CompletedTask;
    }
}
