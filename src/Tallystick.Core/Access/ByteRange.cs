using System.Globalization;

namespace Tallystick.Core.Access;

/// <summary>What a <c>Range</c> header comes to.</summary>
public enum RangeKind
{
    /// <summary>Answer 200 with the whole.</summary>
    Whole,

    /// <summary>Answer 206 with one part.</summary>
    Part,

    /// <summary>Answer 206 with several parts, as <c>multipart/byteranges</c>.</summary>
    Parts,

    /// <summary>Answer 416: nothing of what is asked for exists.</summary>
    NotSatisfiable,

    /// <summary>Answer 416: these are no ranges, or more than <see cref="ByteRange.RangesMost"/>.</summary>
    NotValid,
}

/// <summary>Bytes of a representation (RFC 9110, 14).</summary>
/// <param name="Kind">How to answer.</param>
/// <param name="Offset">First byte; of several parts that of the first one.</param>
/// <param name="Length">How many; of several parts all together.</param>
/// <param name="Parts">Of <see cref="RangeKind.Parts"/> each of them, at least two; otherwise null.</param>
public readonly record struct ByteRange(RangeKind Kind, long Offset, long Length, IReadOnlyList<ByteRange>? Parts = null)
{
    /// <summary>More ranges in one request are refused: readers of tables ask for a few dozen.</summary>
    public const int RangesMost = 64;

    /// <summary>
    /// Reads a <c>Range</c> header against a size. Another unit than bytes is answered with the whole, as section 14.2 demands. Whoever
    /// names the unit wants a part: bad syntax and too many ranges are refused, which sections 14.2 and 15.5.17 leave open, because
    /// the whole would be delivered and charged instead. Empty members of the list are passed over (5.6.1.2). Ranges that overlap or
    /// touch are one, in the place of the first (15.3.7.2); what lies between others was not asked for.
    /// </summary>
    /// <param name="header">The field's value, or null.</param>
    /// <param name="size">Bytes of the whole.</param>
    public static ByteRange Resolve(string? header, long size)
    {
        const string unit = "bytes=";
        if (header is null || !header.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
        {
            return new(RangeKind.Whole, 0, size);
        }

        var set = header.AsSpan(unit.Length);
        var count = 0;
        ByteRange? first = null;
        List<ByteRange>? several = null;
        foreach (var member in set.Split(','))
        {
            var spec = set[member].Trim([' ', '\t']);
            if (spec.IsEmpty)
            {
                continue;
            }

            if (++count > RangesMost || One(spec, size) is not { } one)
            {
                return new(RangeKind.NotValid, 0, 0);
            }

            if (one.Kind == RangeKind.Part && first is null)
            {
                first = one;
            }
            else if (one.Kind == RangeKind.Part)
            {
                Join(several ??= [first!.Value], one);
            }
        }

        return several is { Count: > 1 } ? new(RangeKind.Parts, several[0].Offset, several.Sum(p => p.Length), several)
            : several?[0] ?? first ?? new(count == 0 ? RangeKind.NotValid : RangeKind.NotSatisfiable, 0, 0);
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

    // One that joins two which were apart joins them too.
    private static void Join(List<ByteRange> parts, ByteRange one)
    {
        int? place = null;
        for (var i = 0; i < parts.Count; i++)
        {
            var other = parts[i];
            if (one.Offset > other.Offset + other.Length || other.Offset > one.Offset + one.Length)
            {
                continue;
            }

            var offset = Math.Min(one.Offset, other.Offset);
            one = new(RangeKind.Part, offset, Math.Max(one.Offset + one.Length, other.Offset + other.Length) - offset);
            parts.RemoveAt(i);
            place ??= i;
            // What is larger now may touch one that was looked at before.
            i = -1;
        }

        parts.Insert(place ?? parts.Count, one);
    }
}
