namespace Tallystick.Gate.Delivery;

/// <summary>
/// Any site's script may ask, because what opens a work is the token it sends along and never a cookie of ours.
/// </summary>
internal static class Cors
{
    private const string Exposed =
        "Accept-Ranges, Content-Length, Content-Range, ETag, Link, Retry-After, Tally-Request, WWW-Authenticate";

    public static void Allow(HttpContext context)
    {
        if (context.Request.Headers.Origin.Count > 0)
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlExposeHeaders = Exposed;
        }
    }

    public static Task Preflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = "GET, HEAD, OPTIONS";
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "GET, HEAD";
        headers.AccessControlAllowHeaders =
            "Authorization, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, Tally-Pass, Tally-Use, traceparent";
        headers.AccessControlMaxAge = "86400";
        return Task.CompletedTask;
    }
}
