using System.Globalization;

namespace Tallystick.Core.Transparency;

/// <summary>
/// The address of a tile or an entry bundle (C2SP tlog-tiles, "Merkle Tree" and "Log entries"):
/// <c>tile/&lt;L&gt;/&lt;N&gt;[.p/&lt;W&gt;]</c> or <c>tile/entries/&lt;N&gt;[.p/&lt;W&gt;]</c>.
/// </summary>
/// <param name="Level">Level of the tile, 0 to 63; <see cref="Entries"/> for a bundle of entries.</param>
/// <param name="Index">Index of the tile in its level, from zero.</param>
/// <param name="Width">Hashes or entries in it: 256 when full, 1 to 255 when partial. Never zero.</param>
public readonly record struct TileAddress(int Level, long Index, int Width)
{
    /// <summary>Hashes in a full tile, entries in a full bundle.</summary>
    public const int FullWidth = 256;

    /// <summary>The level that stands for entry bundles.</summary>
    public const int Entries = -1;

    /// <summary>The highest level the format can spell; a tree of 2^63 leaves needs eight.</summary>
    public const int LevelMax = 63;

    /// <summary>Longest path that is looked at: seven groups of digits for a 63-bit index, and the rest.</summary>
    private const int PathLengthMax = 64;

    /// <summary>True when the tile can still grow.</summary>
    public bool IsPartial => Width < FullWidth;

    /// <summary>The same tile, full.</summary>
    public TileAddress Full => this with { Width = FullWidth };

    /// <summary>The path below the log's prefix, with forward slashes.</summary>
    public string Path
    {
        get
        {
            var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
            var number = (Index % 1000).ToString("000", CultureInfo.InvariantCulture);
            for (var rest = Index / 1000; rest > 0; rest /= 1000)
            {
                number = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:000}/{number}");
            }

            return string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{number}")
                + (IsPartial ? string.Create(CultureInfo.InvariantCulture, $".p/{Width}") : "");
        }
    }

    /// <summary>
    /// Reads a path. Every address has exactly one spelling, and anything else, from <c>..</c> to a leading
    /// zero, is refused: an accepted path can be joined to a folder without further checks.
    /// </summary>
    public static bool TryParse(string? path, out TileAddress address)
    {
        address = default;
        if (path is null || path.Length > PathLengthMax)
        {
            return false;
        }

        var parts = path.Split('/');
        if (parts.Length < 3 || parts[0] != "tile" || !TryReadLevel(parts[1], out var level))
        {
            return false;
        }

        var numbers = parts.AsSpan(2);
        var width = FullWidth;
        if (numbers.Length >= 2 && numbers[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryReadDecimal(numbers[^1], FullWidth - 1, out width))
            {
                return false;
            }

            numbers[^2] = numbers[^2][..^2];
            numbers = numbers[..^1];
        }

        if (!TryReadIndex(numbers, out var index))
        {
            return false;
        }

        // The one spelling: whatever reads back differently (x000/001, width 0) is no address.
        var read = new TileAddress(level, index, width);
        if (width < 1 || read.Path != path)
        {
            return false;
        }

        address = read;
        return true;
    }

    private static bool TryReadLevel(string text, out int level)
    {
        if (text == "entries")
        {
            level = Entries;
            return true;
        }

        return TryReadDecimal(text, LevelMax, out level);
    }

    private static bool TryReadIndex(ReadOnlySpan<string> groups, out long index)
    {
        index = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var digits = i < groups.Length - 1 && groups[i].StartsWith('x') ? groups[i][1..] : groups[i];
            if (digits.Length != 3 || !TryReadDecimal(digits, 999, out var group)
                || index > (long.MaxValue - group) / 1000)
            {
                return false;
            }

            index = (index * 1000) + group;
        }

        return groups.Length > 0;
    }

    private static bool TryReadDecimal(string text, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;
}
