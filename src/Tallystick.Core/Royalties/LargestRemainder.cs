namespace Tallystick.Core.Royalties;

/// <summary>
/// Splits whole units by weight so that the parts sum to the whole: everybody gets the floor of their exact part, and
/// the units left over go one each to those whose part lost most, the earlier first among equals (Hamilton's method).
/// </summary>
public static class LargestRemainder
{
    /// <summary>Splits <paramref name="amount"/> (minor units, may be negative) into parts in the order of the weights.</summary>
    /// <exception cref="ArgumentException">No weight, a negative one, or all zero.</exception>
    public static long[] Split(long amount, ReadOnlySpan<long> weights)
    {
        var whole = Int128.Zero;
        foreach (var weight in weights)
        {
            whole += weight >= 0 ? weight : throw new ArgumentException("A weight is negative.", nameof(weights));
        }

        if (whole == 0)
        {
            throw new ArgumentException("There is nothing to split by.", nameof(weights));
        }

        var sign = Math.Sign(amount);
        var size = Int128.Abs(amount);
        var parts = new long[weights.Length];
        var lost = new Int128[weights.Length];
        var left = size;
        for (var i = 0; i < weights.Length; i++)
        {
            var (floor, rest) = Int128.DivRem(checked(size * weights[i]), whole);
            parts[i] = checked((long)floor * sign);
            lost[i] = rest;
            left -= floor;
        }

        // Fewer units are left than there are parts with a remainder, so nobody gets two.
        foreach (var i in Enumerable.Range(0, parts.Length).OrderByDescending(i => lost[i]).Take((int)left))
        {
            parts[i] += sign;
        }

        return parts;
    }
}
