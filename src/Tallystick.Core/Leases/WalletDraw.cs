namespace Tallystick.Core.Leases;

/// <summary>How much of a wallet one charge may draw, so that what was held for another is still there when it is due.</summary>
public static class WalletDraw
{
    /// <summary>
    /// A licence's own holds and what nobody holds. All in minor units, read under the wallet's lock.
    /// </summary>
    /// <param name="balance">What is in the wallet.</param>
    /// <param name="held">All holds on it, the own ones included.</param>
    /// <param name="own">What is held for the licence that is charged: its leases, and the carry that goes into the charge.</param>
    public static long Most(long balance, long held, long own)
    {
        var free = Math.Max(0, checked(balance - held));
        return Math.Clamp(checked(Math.Max(0, own) + free), 0, Math.Max(0, balance));
    }
}
