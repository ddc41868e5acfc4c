using System.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;

namespace Tallystick.Gate.Credentials;

/// <summary>
/// The token of a link: <c>?access_token=</c> (RFC 6750, 2.3), for whoever cannot send a header, such as a <c>video</c>, an <c>img</c>
/// or <c>a download</c> of a page. It opens one file for a short time; anything else in its place is refused.
/// </summary>
internal static class LinkToken
{
    private const string Parameter = "access_token";

    /// <summary>True when a URL carries one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="authorization">As a header would carry it; null when there are several.</param>
    public static bool TryRead(HttpRequest request, out string? authorization)
    {
        authorization = null;
        if (!request.QueryString.HasValue)
        {
            return false;
        }

        var count = 0;
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (pair.DecodeName().Span.SequenceEqual(Parameter))
            {
                authorization = ++count == 1 ? $"Bearer {pair.DecodeValue().Span}" : null;
            }
        }

        if (count > 0)
        {
            // Traces are kept and shown; what opens a file must not stand in them.
            Activity.Current?.SetTag("url.query", null);
            Activity.Current?.SetTag("url.full", null);
        }

        return count > 0;
    }
}
