using Tallystick.Core.Amounts;
using Tallystick.Core.Offers;

namespace Tallystick.Core.Royalties;

/// <summary>One line of a bill: exact cost, what is charged of it now, what is owed, and what rounding leaves.</summary>
/// <param name="Exact">What the usage of this line costs, exactly.</param>
/// <param name="Charged">Whole minor units charged.</param>
/// <param name="Uncollected">Whole minor units that were due and that the wallet did not have: owed, and collected later.</param>
/// <param name="Carry">
/// What rounding leaves for the next line of this buyer, creator and price: carry before + exact = charged + uncollected +
/// carry after. A line that ends a carry leaves nothing: it is settled upwards.
/// </param>
public sealed record ChargeLine(ExactAmount Exact, long Charged, long Uncollected, ExactAmount Carry)
{
    /// <summary>Prices a quantity. Rounds once, half to even, over what this line costs and what was carried into it.</summary>
    /// <param name="price">The offer's price.</param>
    /// <param name="quantity">In the meter's smallest unit, not negative.</param>
    /// <param name="carry">Left over from the last line of the same buyer, creator and price.</param>
    /// <param name="available">What the wallet has for this line, not negative.</param>
    public static ChargeLine Of(Price price, long quantity, ExactAmount carry, long available)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        ArgumentOutOfRangeException.ThrowIfNegative(available);
        var exact = price.Cost(quantity);
        var (due, rest) = (exact + carry).RoundHalfEven();
        if (due < 0)
        {
            throw new InvalidOperationException("A carry below minus one half was carried into a line.");
        }

        var charged = Math.Min(due, available);
        return new ChargeLine(exact, charged, due - charged, rest);
    }

    /// <summary>
    /// Ends a carry, when the last licence of it has ended. Upwards, because what was delivered is paid: were it dropped,
    /// a fresh licence for each small file would make all of them free.
    /// </summary>
    public static ChargeLine End(ExactAmount carry, long available)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(available);
        var due = Math.Max(0, carry.Ceiling());
        var charged = Math.Min(due, available);
        return new ChargeLine(ExactAmount.Zero, charged, due - charged, ExactAmount.Zero);
    }
}
