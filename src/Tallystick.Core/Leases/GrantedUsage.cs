namespace Tallystick.Core.Leases;

/// <summary>Which of a gate's events lie within what it was granted.</summary>
public static class GrantedUsage
{
    /// <summary>
    /// In their order, each event that still fits is counted; one that does not is left out and takes nothing from those
    /// after it, so that one absurd event stops only itself.
    /// </summary>
    /// <param name="granted">Total that the epoch was granted of the meter.</param>
    /// <param name="spent">Of that, what was counted before.</param>
    /// <param name="quantities">Of the events, in order; not negative.</param>
    /// <returns>For each event whether it counts.</returns>
    public static IReadOnlyList<bool> Fits(long granted, long spent, IReadOnlyList<long> quantities)
    {
        ArgumentNullException.ThrowIfNull(quantities);
        var left = Int128.Max(0, (Int128)granted - spent);
        var fits = new bool[quantities.Count];
        for (var i = 0; i < fits.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(quantities[i]);
            fits[i] = quantities[i] <= left;
            left -= fits[i] ? quantities[i] : 0;
        }

        return fits;
    }
}
