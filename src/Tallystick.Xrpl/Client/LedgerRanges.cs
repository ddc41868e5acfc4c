using System.Globalization;

namespace Tallystick.Xrpl.Client;

/// <summary>The ledgers that a node holds in full, as <c>complete_ledgers</c> says it ("2-41,50-60" or "empty").</summary>
public sealed class LedgerRanges
{
    private const int RangesMax = 10_000;
    private readonly (uint First, uint Last)[] _ranges;

    private LedgerRanges((uint First, uint Last)[] ranges) => _ranges = ranges;

    /// <summary>Reads rippled's text; null when it is not one.</summary>
    /// <param name="text">For example <c>2-41</c>, <c>7</c>, <c>empty</c>.</param>
    public static LedgerRanges? TryParse(string? text)
    {
        if (text is null) return null;
        if (text is "empty" or "") return new([]);
        var parts = text.Split(',', RangesMax + 1);
        if (parts.Length > RangesMax) return null;
        var ranges = new (uint, uint)[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var ends = parts[i].Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || last < first)
                return null;
            ranges[i] = (first, last);
        }
        return new(ranges);
    }

    /// <summary>True when every ledger from <paramref name="first"/> to <paramref name="last"/> is held.</summary>
    public bool Contains(uint first, uint last)
    {
        foreach (var (from, to) in _ranges)
            if (from <= first && last <= to) return true;
        return false;
    }

    /// <summary>The oldest ledger held, or null when none is.</summary>
    public uint? First => _ranges.Length == 0 ? null : _ranges.Min(r => r.First);

    private static bool TryNumber(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
