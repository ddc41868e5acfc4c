using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Conditional requests against one strong entity tag and a time (RFC 9110, 13). The time is a strong validator as well: no two
/// contents of a path have the same (8.8.2.2). One that cannot be read is no condition; where it is not known, none holds.
/// </summary>
internal static class Preconditions
{
    /// <summary>200 to go on, 304, or 412. The order is that of section 13.2.2.</summary>
    public static int Evaluate(IHeaderDictionary headers, FileEntry file)
    {
        var etag = file.ETag[0]!;
        var ifMatch = headers.IfMatch;
        if (ifMatch.Count > 0 ? !Matches(ifMatch, etag, weak: false)
            : TryDate(headers.IfUnmodifiedSince, out var unmodified) && file.File.ModifiedAt is { } at && at > unmodified)
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        var ifNoneMatch = headers.IfNoneMatch;
        return ifNoneMatch.Count > 0 ? Matches(ifNoneMatch, etag, weak: true) ? StatusCodes.Status304NotModified : StatusCodes.Status200OK
            : TryDate(headers.IfModifiedSince, out var modified) && file.File.ModifiedAt <= modified ? StatusCodes.Status304NotModified
            : StatusCodes.Status200OK;
    }

    /// <summary>Whether a <c>Range</c> applies: no <c>If-Range</c>, exactly this strong tag, or exactly this time (13.1.5).</summary>
    public static bool RangeApplies(IHeaderDictionary headers, FileEntry file)
    {
        var ifRange = headers.IfRange;
        return ifRange.Count == 0 ||
            (ifRange.Count == 1 && (ifRange[0] == file.ETag[0] || (TryDate(ifRange, out var date) && date == file.File.ModifiedAt)));
    }

    // All three forms that section 5.6.7 wants to be read.
    private static bool TryDate(StringValues field, out DateTimeOffset date)
    {
        date = default;
        return field.Count == 1 && HeaderUtilities.TryParseDate(field[0], out date);
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
