using System.Globalization;
using System.Text;

namespace Tallystick.Core.Catalog;

/// <summary>
/// Paths of the files of a work: they become URLs and, at the buyer's, files. What two systems could read differently
/// is refused, so that a path means the same file everywhere and never leaves its folder.
/// </summary>
public static class FilePath
{
    /// <summary>Characters of a path at most.</summary>
    public const int LengthMost = 500;

    /// <summary>UTF-8 bytes between two slashes at most: what common file systems hold.</summary>
    public const int SegmentBytesMost = 255;

    /// <summary>What is wrong with a path, in words for the one who sent it, or null.</summary>
    public static string? Fault(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length is 0 or > LengthMost)
        {
            return $"A path has 1 to {LengthMost} characters.";
        }

        foreach (var rune in path.EnumerateRunes())
        {
            // A lone surrogate is enumerated as U+FFFD.
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return "A path has no control characters and only whole Unicode characters.";
            }

            if (TurnsText(rune))
            {
                return "A path has no characters that turn the direction of a text or break its line.";
            }
        }

        if (path.Contains('\\', StringComparison.Ordinal))
        {
            return "A path has forward slashes only.";
        }

        // Left undecoded by some servers and decoded by others: the same URL would name two files.
        if (path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase))
        {
            return "A path has no encoded slash.";
        }

        return Array.Exists(path.Split('/'), IsBadSegment)
            ? $"Each part of a path is a name of at most {SegmentBytesMost} bytes: not empty, not '.', not '..', no space or dot at its end."
            : null;
    }

    /// <summary>Two paths with the same key would be one file on a system that does not tell cases apart.</summary>
    public static string Key(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.ToLowerInvariant();
    }

    // With these a name can be shown as another one: "fdp.exe" as "exe.pdf" (Unicode Technical Report 36, section 2.8).
    private static bool TurnsText(Rune rune) =>
        rune.Value is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 ||
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsBadSegment(string segment) =>
        segment.Length == 0 || segment[^1] is '.' or ' ' || Encoding.UTF8.GetByteCount(segment) > SegmentBytesMost;
}
