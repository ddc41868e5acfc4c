using System.Globalization;

namespace Tallystick.Core.Access;

/// <summary>What a <c>Range</c> header comes to.</summary>
public enum RangeKind
{
    /// <summary>Answer 200 with the whole.</summary>
    Whole,

    /// <summary>Answer 206 with the part.</summary>
    Part,

    /// <summary>Answer 416.</summary>
    NotSatisfiable,
}

/// <summary>Bytes of a representation (RFC 9110, 14).</summary>
/// <param name="Kind">How to answer.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">How many.</param>
public readonly record struct ByteRange(RangeKind Kind, long Offset, long Length)
{
    private const int RangesMost = 16;

    /// <summary>
    /// Reads a <c>Range</c> header against a size. Several ranges that together are one piece are that piece; several
    /// that are not, another unit and bad syntax are answered with the whole, as section 14.2 allows: a multipart body
    /// would bill its separators.
    /// </summary>
    /// <param name="header">The field's value, or null.</param>
    /// <param name="size">Bytes of the whole.</param>
    public static ByteRange Resolve(string? header, long size)
    {
        var whole = new ByteRange(RangeKind.Whole, 0, size);
        if (header is null || !header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        Span<Range> specs = stackalloc Range[RangesMost + 1];
        var set = header.AsSpan("bytes=".Length);
        var count = set.Split(specs, ',');
        if (count > RangesMost)
        {
            return whole;
        }

        ByteRange? joined = null;
        for (var i = 0; i < count; i++)
        {
            var one = One(set[specs[i]].Trim([' ', '\t']), size);
            if (one is null)
            {
                return whole;
            }

            joined = one.Value.Kind == RangeKind.NotSatisfiable ? joined : joined is null ? one : Join(joined.Value, one.Value);
            if (joined?.Kind == RangeKind.Whole)
            {
                return whole;
            }
        }

        return joined ?? new ByteRange(RangeKind.NotSatisfiable, 0, 0);
    }

    // Null: not a range at all.
    private static ByteRange? One(ReadOnlySpan<char> spec, long size)
    {
        var dash = spec.IndexOf('-');
        if (dash < 0 || spec.Length == 1)
        {
            return null;
        }

        if (dash == 0)
        {
            return !TryNumber(spec[1..], out var suffix) ? null
                : suffix == 0 || size == 0 ? new ByteRange(RangeKind.NotSatisfiable, 0, 0)
                : new ByteRange(RangeKind.Part, Math.Max(0, size - suffix), Math.Min(suffix, size));
        }

        var last = long.MaxValue;
        if (!TryNumber(spec[..dash], out var first) || (dash < spec.Length - 1 && !TryNumber(spec[(dash + 1)..], out last)) ||
            last < first)
        {
            return null;
        }

        return first >= size
            ? new ByteRange(RangeKind.NotSatisfiable, 0, 0)
            : new ByteRange(RangeKind.Part, first, Math.Min(last, size - 1) - first + 1);
    }

    // Any count of digits is a number; what does not fit is beyond every size.
    private static bool TryNumber(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            number = long.MaxValue;
        }

        return true;
    }

    private static ByteRange Join(ByteRange a, ByteRange b)
    {
        var (first, second) = a.Offset <= b.Offset ? (a, b) : (b, a);
        var end = Math.Max(first.Offset + first.Length, second.Offset + second.Length);
        return second.Offset <= first.Offset + first.Length
            ? new ByteRange(RangeKind.Part, first.Offset, end - first.Offset)
            : new ByteRange(RangeKind.Whole, 0, 0);
    }
}
