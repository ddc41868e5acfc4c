using Tallystick.Core.Amounts;

namespace Tallystick.Core.Payments;

/// <summary>What a licence was bought for and what became of it, when its creator takes it back.</summary>
/// <param name="Paid">Minor units that the buyer paid and has not got back.</param>
/// <param name="ValidDays">Days it was bought for.</param>
/// <param name="Expires">When it would have ended.</param>
/// <param name="MaxUses">Uses it was bought for; null when only time limits it.</param>
/// <param name="Used">Uses made; without a limit of uses anything above zero says that it was used.</param>
public sealed record RevokedLicence(long Paid, int ValidDays, DateTimeOffset Expires, long? MaxUses, long Used);

/// <summary>What a revoked sale can be given back from, in minor units.</summary>
/// <param name="Deferred">Not shared yet.</param>
/// <param name="HeldBack">Of the revoking creator's share of this sale, what is still held back.</param>
/// <param name="Payable">Owed to the revoking creator.</param>
/// <param name="Unsent">In payouts of theirs of which nothing can have left.</param>
/// <param name="Debt">What they owe.</param>
public sealed record RevocationSources(long Deferred, long HeldBack, long Payable, long Unsent, long Debt);

/// <summary>Who gives a revoked sale back, in minor units: the parts make the refund.</summary>
/// <param name="Unsent">Becomes a debt, which is taken out of the payouts that wait.</param>
/// <param name="Missing">Covered by nothing.</param>
public sealed record RevocationCover(long Deferred, long Fee, long HeldBack, long Payable, long Unsent, long Missing)
{
    /// <summary>All of it.</summary>
    public long Total => Deferred + Fee + HeldBack + Payable + Unsent + Missing;
}

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

    /// <summary>
    /// What there is to give it back: 1 what is deferred; of the rest 2 the operator's fee in proportion, and then of the revoking
    /// creator alone 3 what is held back of this very sale, 4 what is owed to them, 5 payouts of theirs that nobody has sent, both
    /// less what they owe already. Never what others got, nor what is held back for other sales: neither is the revoker's to give.
    /// </summary>
    /// <param name="refund">Minor units to give back.</param>
    /// <param name="feeBasisPoints">The operator's part of the sale.</param>
    /// <param name="sources">What there is.</param>
    public static RevocationCover Cover(long refund, int feeBasisPoints, RevocationSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var deferred = Math.Min(refund, Math.Max(0, sources.Deferred)); // 1
        var fee = FeePart(refund - deferred, feeBasisPoints); // 2
        var left = refund - deferred - fee;
        var debt = Math.Max(0, sources.Debt);
        var (payable, unsent) = (Math.Max(0, sources.Payable), Math.Max(0, sources.Unsent));
        var held = Math.Min(left, Math.Clamp(payable + unsent + sources.HeldBack - debt, 0, Math.Max(0, sources.HeldBack))); // 3
        left -= held;
        var owed = Math.Min(left, Math.Max(0, payable - debt)); // 4
        left -= owed;
        var waiting = Math.Min(left, Math.Max(0, unsent - Math.Max(0, debt - payable))); // 5
        return new(deferred, fee, held, owed, waiting, left - waiting);
    }

    private static long Part(long paid, long left, long of) => new ExactAmount(checked((Int128)paid * left), of).Ceiling();
}
