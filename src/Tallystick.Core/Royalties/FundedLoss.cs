namespace Tallystick.Core.Royalties;

/// <summary>A payee's share of a charge, and how much of the charge a top-up paid for.</summary>
/// <param name="Minor">The share.</param>
/// <param name="HeldAsNew">Of this, what the operator holds back of a new payee and has not released.</param>
/// <param name="Funded">Of the charge, what the top-up paid for.</param>
/// <param name="Gross">The charge.</param>
/// <param name="IsSelfDealing">Who topped up is the payee, or made the work: nobody else has bought it.</param>
/// <param name="Borne">What the payee has borne of this portion by other losses of the same top-up.</param>
public sealed record FundedPortion(
    long Minor, long HeldAsNew, long Funded, long Gross, bool IsSelfDealing, long Borne = 0);

/// <summary>What a payee bears of a lost top-up, and out of what.</summary>
public readonly record struct BorneLoss(long FromHoldback, long FromPayable, long Debt)
{
    /// <summary>All of it.</summary>
    public long Total => FromHoldback + FromPayable + Debt;
}

/// <summary>
/// How far the loss of a top-up reaches a share that it paid for: the whole share where the buyer deals with themselves (out of what is held
/// back, then of what is owed, then as a debt); else only what is still held back because they are new.
/// </summary>
public static class FundedLoss
{
    /// <param name="portion">The share.</param>
    /// <param name="holdback">What the payee's holdback has.</param>
    /// <param name="payable">What is owed to the payee.</param>
    /// <param name="most">What is left of the loss.</param>
    public static BorneLoss Of(FundedPortion portion, long holdback, long payable, long most)
    {
        ArgumentNullException.ThrowIfNull(portion);
        if (portion.Gross == 0 || most <= 0)
        {
            return default;
        }

        var whole = portion.IsSelfDealing ? portion.Minor : portion.HeldAsNew;
        var left = Math.Max(0, (long)((Int128)whole * portion.Funded / portion.Gross) - portion.Borne);
        var loss = Math.Min(most, portion.IsSelfDealing ? left : Math.Min(left, holdback));
        var held = Math.Min(loss, holdback);
        var owed = Math.Min(loss - held, payable);
        return new BorneLoss(held, owed, loss - held - owed);
    }
}
