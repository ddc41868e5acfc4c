using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;

namespace Tallystick.Core.Royalties;

/// <summary>What one payee gets of a charge, in minor units.</summary>
/// <param name="Payee">Who.</param>
/// <param name="Minor">All of it.</param>
/// <param name="HeldBack">The part of it that is released later.</param>
public readonly record struct PayeeShare(OrganisationId Payee, long Minor, long HeldBack)
{
    /// <summary>What is owed at once.</summary>
    public long Payable => checked(Minor - HeldBack);
}

/// <summary>A charge and where it goes: fee and shares sum to the gross amount exactly.</summary>
/// <param name="Gross">What the buyer pays, in minor units.</param>
/// <param name="Fee">What the platform keeps.</param>
/// <param name="Shares">What the payees get, in the rule's order.</param>
public sealed record ChargeSplit(long Gross, long Fee, IReadOnlyList<PayeeShare> Shares)
{
    /// <summary>
    /// Splits a charge: the fee is a part of the gross amount, rounded half to even; the rest goes to the payees by
    /// largest remainder; of each share a part, rounded down, is held back.
    /// </summary>
    /// <param name="gross">Minor units, not negative.</param>
    /// <param name="feeBasisPoints">The platform's part, 0 to 10 000.</param>
    /// <param name="split">Who gets the rest.</param>
    /// <param name="holdbackBasisPoints">Kept back of each share, 0 to 10 000.</param>
    public static ChargeSplit Of(long gross, int feeBasisPoints, FlatSplit split, int holdbackBasisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gross);
        ArgumentOutOfRangeException.ThrowIfNegative(feeBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(feeBasisPoints, RuleCheck.BasisPoints);
        ArgumentOutOfRangeException.ThrowIfNegative(holdbackBasisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(holdbackBasisPoints, RuleCheck.BasisPoints);

        var (fee, _) = new ExactAmount((Int128)gross * feeBasisPoints, RuleCheck.BasisPoints).RoundHalfEven();
        Span<long> weights = stackalloc long[split.Shares.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = split.Shares[i].Weight;
        }

        var parts = LargestRemainder.Split(gross - fee, weights);
        var shares = new PayeeShare[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var held = (long)((Int128)parts[i] * holdbackBasisPoints / RuleCheck.BasisPoints);
            shares[i] = new PayeeShare(split.Shares[i].Payee, parts[i], held);
        }

        return new ChargeSplit(gross, fee, shares);
    }
}

/// <summary>One line of a bill: exact cost, what is charged of it now, and what is left for the next time.</summary>
/// <param name="Exact">What the usage of this line costs, exactly.</param>
/// <param name="Charged">Whole minor units charged.</param>
/// <param name="Uncollected">Whole minor units that were due and that the wallet did not hold; part of the carry.</param>
/// <param name="Carry">What is carried: carry before + exact = charged + carry after.</param>
public sealed record ChargeLine(ExactAmount Exact, long Charged, long Uncollected, ExactAmount Carry)
{
    /// <summary>
    /// Prices a quantity. Rounds once, half to even, over what this line costs and what was carried into it. What the
    /// wallet cannot pay is not charged: it stays in the carry, and is somebody's case.
    /// </summary>
    /// <param name="price">The offer's price.</param>
    /// <param name="quantity">In the meter's smallest unit, not negative.</param>
    /// <param name="carry">Left over from the licence's last line.</param>
    /// <param name="walletMinor">What the buyer has prepaid, not negative.</param>
    public static ChargeLine Of(Price price, long quantity, ExactAmount carry, long walletMinor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        ArgumentOutOfRangeException.ThrowIfNegative(walletMinor);
        var exact = price.Cost(quantity);
        var (due, rest) = (exact + carry).RoundHalfEven();
        if (due < 0)
        {
            throw new InvalidOperationException("A carry below minus one half was carried into a line.");
        }

        var charged = Math.Min(due, walletMinor);
        return new ChargeLine(exact, charged, due - charged, rest + new ExactAmount(due - charged, 1));
    }
}
