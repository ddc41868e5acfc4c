using Tallystick.Core.Amounts;

namespace Tallystick.Core.Payments;

/// <summary>What a licence was bought for and what became of it, when its creator takes it back.</summary>
/// <param name="Paid">Minor units that the buyer paid and has not got back.</param>
/// <param name="ValidDays">Days it was bought for.</param>
/// <param name="Expires">When it would have ended.</param>
/// <param name="MaxUses">Uses it was bought for; null when only time limits it.</param>
/// <param name="Used">Uses made; without a limit of uses anything above zero says that it was used.</param>
public sealed record RevokedLicence(long Paid, int ValidDays, DateTimeOffset Expires, long? MaxUses, long Used);

/// <summary>
/// What a creator owes who takes back what they sold: what was not used of it. The smaller of the unused part of the uses and the
/// unused part of the term, begun days counting as unused; all of it when it was never used; rounded up, for the buyer, who did
/// not want this.
/// </summary>
public static class RevocationRefund
{
    /// <summary>Minor units to give back, at most what was paid.</summary>
    public static long Of(RevokedLicence licence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(licence);
        if (licence.Used <= 0)
        {
            return licence.Paid;
        }

        var daysLeft = Math.Clamp(((licence.Expires - now).Ticks + TimeSpan.TicksPerDay - 1) / TimeSpan.TicksPerDay, 0, licence.ValidDays);
        var byTerm = Part(licence.Paid, daysLeft, licence.ValidDays);
        return licence.MaxUses is { } most
            ? Math.Min(byTerm, Part(licence.Paid, Math.Max(0, most - licence.Used), most))
            : byTerm;
    }

    /// <summary>
    /// Of a refund out of what was shared already, the operator's part: the fee in proportion, rounded half to even. The rest is the
    /// revoking creator's alone, also what others had got of it: they have done nothing.
    /// </summary>
    public static long FeePart(long refund, int feeBasisPoints) =>
        new ExactAmount(checked((Int128)refund * feeBasisPoints), 10_000).RoundHalfEven().Minor;

    private static long Part(long paid, long left, long of) => new ExactAmount(checked((Int128)paid * left), of).Ceiling();
}
