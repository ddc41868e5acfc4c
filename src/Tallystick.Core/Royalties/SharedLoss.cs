namespace Tallystick.Core.Royalties;

/// <summary>A lost purchase that had been shared: the platform gives up its part of the fee, each payee bears theirs.</summary>
/// <param name="Fee">The platform's, in minor units.</param>
/// <param name="Payees">In the order of the shares.</param>
public sealed record SharedLoss(long Fee, IReadOnlyList<BorneLoss> Payees)
{
    /// <summary>Splits a loss as the charges were split, and takes from what is held back before it becomes a debt.</summary>
    /// <param name="uncovered">What is lost and nothing else covers.</param>
    /// <param name="gross">What was shared: nobody bears more than that.</param>
    /// <param name="fee">What of it the platform got.</param>
    /// <param name="shares">What each payee got of it, and what is held back of theirs now.</param>
    public static SharedLoss Of(long uncovered, long gross, long fee, IReadOnlyList<(long Minor, long HeldBack)> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var parts = LargestRemainder.Split(Math.Min(uncovered, gross), [fee, .. shares.Select(s => s.Minor)]);
        return new SharedLoss(parts[0], [.. shares.Select((share, i) =>
        {
            var fromHoldback = Math.Min(parts[i + 1], Math.Max(0, share.HeldBack));
            return new BorneLoss(fromHoldback, 0, parts[i + 1] - fromHoldback);
        })]);
    }
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
