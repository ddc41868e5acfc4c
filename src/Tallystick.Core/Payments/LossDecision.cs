namespace Tallystick.Core.Payments;

/// <summary>Who bears a payment that a bank took back.</summary>
/// <param name="Covered">Minor units out of what is still held for the payment.</param>
/// <param name="Owed">What its buyer owes: used of a wallet.</param>
/// <param name="Uncovered">What those bear who got a share of a purchase.</param>
public readonly record struct PaymentLoss(long Covered, long Owed, long Uncovered);

/// <summary>What a lost dispute, and money that becomes free after it, do to a buyer.</summary>
public static class LossDecision
{
    /// <summary>What is held bears it first; the rest of a top-up was used and is owed, the rest of a purchase was shared.</summary>
    /// <param name="isPurchase">Else it is a top-up.</param>
    /// <param name="amount">What is lost, in minor units, not negative.</param>
    /// <param name="held">What is still held for the payment: deferred, or of a wallet what is free; not negative.</param>
    public static PaymentLoss Of(bool isPurchase, long amount, long held)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ArgumentOutOfRangeException.ThrowIfNegative(held);
        var covered = Math.Min(amount, held);
        return isPurchase ? new(covered, 0, amount - covered) : new(covered, amount - covered, 0);
    }

    /// <summary>
    /// What moves between a wallet and its buyer's debt: collected as far as it is free (positive), or given back of a debt that
    /// is none any more (negative).
    /// </summary>
    public static long Collected(long owed, long free) => owed > 0 ? Math.Min(owed, Math.Max(0, free)) : owed;
}
