using Microsoft.Extensions.Primitives;

namespace Tallystick.Gate.Delivery;

/// <summary>Conditional requests against one strong entity tag (RFC 9110, 13).</summary>
internal static class Preconditions
{
    /// <summary>200 to go on, 304, or 412. The order is that of section 13.2.2; dates are not offered and not compared.</summary>
    public static int Evaluate(IHeaderDictionary headers, string etag)
    {
        var ifMatch = headers.IfMatch;
        if (ifMatch.Count > 0 && !Matches(ifMatch, etag, weak: false))
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        var ifNoneMatch = headers.IfNoneMatch;
        return ifNoneMatch.Count > 0 && Matches(ifNoneMatch, etag, weak: true)
            ? StatusCodes.Status304NotModified
            : StatusCodes.Status200OK;
    }

    /// <summary>Whether a <c>Range</c> applies: no <c>If-Range</c>, or exactly this strong tag (13.1.5).</summary>
    public static bool RangeApplies(IHeaderDictionary headers, string etag)
    {
        var ifRange = headers.IfRange;
        return ifRange.Count == 0 || (ifRange.Count == 1 && ifRange[0] == etag);
    }

    private static bool Matches(StringValues field, string etag, bool weak)
    {
        foreach (var line in field)
        {
            foreach (var part in line.AsSpan().Split(','))
            {
                var tag = line.AsSpan(part).Trim([' ', '\t']);
                tag = weak && tag.StartsWith("W/") ? tag[2..] : tag;
                if (tag is "*" || tag.SequenceEqual(etag))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
