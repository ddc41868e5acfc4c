namespace Tallystick.Core.Spool;

/// <summary>
/// Tells the torn end of a file from damage. A crash leaves part of what was written last and was never acknowledged to anyone: no
/// <see cref="SpoolKind.Synced"/> follows it. Where one does, or in a file of an earlier make any whole record, the bytes in front
/// were on disk and changed there.
/// </summary>
public static class SpoolScan
{
    /// <summary>True when nothing was ever written: space that was taken from the disk and not used.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

    /// <summary>Where the next whole record begins, at or after a place; -1 when there is none.</summary>
    public static int NextWhole(ReadOnlySpan<byte> bytes, int from, long segment)
    {
        for (var at = from; bytes.Length - at >= SpoolFrame.HeadBytes; at++)
        {
            var written = bytes[at..].IndexOfAnyExcept((byte)0);
            if (written < 0)
            {
                return -1;
            }

            // The last byte of a head is the kind, and that is never 0: no record begins further in front of what was written.
            at += Math.Max(0, written - (SpoolFrame.HeadBytes - 1));
            if (SpoolFrame.TryRead(bytes[at..], segment, out _, out _, out _))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Where whole records begin after the first that is not whole.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="at">Where the record begins that is not whole.</param>
    /// <param name="segment">The file's number.</param>
    public static IReadOnlyList<int> WholeAfter(ReadOnlySpan<byte> bytes, int at, long segment)
    {
        var found = new List<int>();
        for (var next = NextWhole(bytes, at, segment); next >= 0; next = NextWhole(bytes, next, segment))
        {
            found.Add(next);
            SpoolFrame.TryRead(bytes[next..], segment, out _, out _, out var frame);
            next += frame;
        }

        return found;
    }

    /// <summary>True when what stands at a place, and is no whole record, was whole once: damage, and no torn end.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="at">Where the record begins that is not whole.</param>
    /// <param name="segment">The file's number.</param>
    public static bool IsDamaged(ReadOnlySpan<byte> bytes, int at, long segment)
    {
        var isMarked = SpoolFrame.TryRead(bytes, segment, out var first, out _, out _) && first == SpoolKind.Synced;
        foreach (var next in WholeAfter(bytes, at, segment))
        {
            SpoolFrame.TryRead(bytes[next..], segment, out var kind, out _, out _);
            if (!isMarked || kind == SpoolKind.Synced)
            {
                return true;
            }
        }

        return false;
    }
}
