namespace Tallystick.Core.Payments;

/// <summary>A payment into a wallet that money can go back to.</summary>
/// <param name="Id">Of the payment.</param>
/// <param name="Minor">What of it has not gone back yet, in minor units.</param>
public readonly record struct RefundablePayment(Guid Id, long Minor);

/// <summary>Decides where unused money of a wallet goes back to.</summary>
public static class WalletRefundSplit
{
    /// <summary>
    /// Parts of <paramref name="minor"/>, each at most what its payment can take back. The newest payments come first: they
    /// are the least likely to be used, and the least likely to be too old for the bank to take back.
    /// </summary>
    /// <param name="minor">What goes back, in minor units, more than 0.</param>
    /// <param name="newestFirst">The payments of the wallet.</param>
    /// <returns>Parts that sum to <paramref name="minor"/>, or null when the payments cannot take all of it back.</returns>
    public static IReadOnlyList<RefundablePayment>? Of(long minor, IEnumerable<RefundablePayment> newestFirst)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minor);
        ArgumentNullException.ThrowIfNull(newestFirst);
        var parts = new List<RefundablePayment>();
        foreach (var payment in newestFirst.Where(p => p.Minor > 0))
        {
            var part = Math.Min(minor, payment.Minor);
            parts.Add(payment with { Minor = part });
            minor -= part;
            if (minor == 0)
            {
                return parts;
            }
        }

        return null;
    }
}
