namespace Tallystick.Core.Royalties;

/// <summary>A purchase that was taken back after it had been shared: the platform gives up its part of the fee, each payee bears theirs.</summary>
/// <param name="Fee">The platform's, in minor units.</param>
/// <param name="Payees">In the order of the shares.</param>
public sealed record SharedLoss(long Fee, IReadOnlyList<BorneLoss> Payees)
{
    /// <summary>
    /// Splits a loss as the charges were split, and takes from what is held back before it becomes a debt. What of the sale was
    /// taken back before, by a refund or by another dispute, was borne then: each bears by what they still have of it, and all
    /// together no more than is left.
    /// </summary>
    /// <param name="uncovered">What is lost and nothing else covers.</param>
    /// <param name="fee">The platform's part of the sale; nothing is held back of it.</param>
    /// <param name="shares">The payees' parts.</param>
    public static SharedLoss Of(long uncovered, SalePart fee, IReadOnlyList<SalePart> shares)
    {
        ArgumentNullException.ThrowIfNull(fee);
        ArgumentNullException.ThrowIfNull(shares);
        var left = fee.Got - fee.Borne + shares.Sum(s => s.Got - s.Borne);
        if (uncovered <= 0 || left <= 0)
        {
            return new SharedLoss(0, [.. shares.Select(_ => default(BorneLoss))]);
        }

        var parts = LargestRemainder.Split(Math.Min(uncovered, left), [fee.Left, .. shares.Select(s => s.Left)]);
        return new SharedLoss(parts[0], [.. shares.Select((share, i) =>
        {
            var fromHoldback = Math.Min(parts[i + 1], Math.Max(0, share.HeldBack));
            return new BorneLoss(fromHoldback, 0, parts[i + 1] - fromHoldback);
        })]);
    }

    /// <summary>All of it, in minor units.</summary>
    public long Total => Fee + Payees.Sum(p => p.Total);
}

/// <summary>What somebody has of a sale, in minor units.</summary>
/// <param name="Got">Of what was shared.</param>
/// <param name="Borne">Of what was taken back of the sale before; more than was got, where a creator who revoked it bore for others.</param>
/// <param name="HeldBack">What their holdback has now.</param>
public sealed record SalePart(long Got, long Borne = 0, long HeldBack = 0)
{
    /// <summary>What they still have of it.</summary>
    public long Left => Math.Max(0, Got - Borne);
}

/// <summary>What puts a payee's accounts right after something was given back to them.</summary>
/// <param name="Forgiven">Collected of a debt that is none any more: owed again.</param>
/// <param name="Released">In the holdback though its day has passed: no run will come to it.</param>
public readonly record struct PayeeRepair(long Forgiven, long Released)
{
    /// <param name="debt">What the payee owes by the books; below zero when more was collected than there is.</param>
    /// <param name="heldBack">What stands in the holdback.</param>
    /// <param name="waiting">What of it a later run will release.</param>
    public static PayeeRepair Of(long debt, long heldBack, long waiting) =>
        new(Math.Max(0, -debt), Math.Max(0, heldBack - waiting));
}

/// <summary>What of a holdback is released when its day has come.</summary>
public static class HoldbackRelease
{
    /// <summary>
    /// What a loss has taken is missing here first: what is held back until a later day is held for other sales, whose buyers may
    /// still take their money back.
    /// </summary>
    /// <param name="due">Whose day has come, in minor units.</param>
    /// <param name="heldBack">What stands in the holdback.</param>
    /// <param name="later">What of it a later day is for.</param>
    public static long Of(long due, long heldBack, long later) => Math.Clamp(heldBack - later, 0, Math.Max(0, due));
}

/// <summary>What of what is payable settles a debt, and what is paid out.</summary>
/// <param name="Settled">Stays here and ends as much of the debt.</param>
/// <param name="Due">Paid out now, a multiple of the step; zero when it is below the least.</param>
public readonly record struct OwedStep(long Settled, long Due)
{
    /// <param name="payable">What is owed to the payee, in minor units.</param>
    /// <param name="debt">What the payee owes; less than nothing is no debt.</param>
    /// <param name="least">Less is not paid out; at least 1.</param>
    /// <param name="step">What can be sent are multiples of this; what is cut off stays payable.</param>
    public static OwedStep Of(long payable, long debt, long least, long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(least);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        var settled = Math.Max(0, Math.Min(payable, debt));
        var left = payable - settled;
        return new(settled, left >= least ? left - (left % step) : 0);
    }
}
