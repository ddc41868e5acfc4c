using Microsoft.Extensions.Primitives;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// What every answer says besides: that it is what its type says, and no page of this origin. Creators choose the bytes and
/// their media type; a browser that ran them as a page would run them beside every other creator's.
/// </summary>
internal static class AnswerHeaders
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NothingRuns = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers.ContentSecurityPolicy = NothingRuns;
        headers["Referrer-Policy"] = NoReferrer;
    }

    /// <summary>The same for an answer that may still become a failure, whose headers are cleared once more.</summary>
    public static void SetAtStart(HttpContext context) => context.Response.OnStarting(
        static state =>
        {
            var context = (HttpContext)state;
            if (context.Response.Headers.ContentSecurityPolicy.Count == 0)
            {
                Set(context);
            }

            return Task.CompletedTask;
        },
        context);
}
