using Tallystick.Core.Amounts;

namespace Tallystick.Core.Payments;

/// <summary>What taking unused money back costs when the operator lets its buyer bear what the gateway keeps.</summary>
public static class WalletRefundFee
{
    /// <summary>
    /// The gateway's fee for the payment in proportion to what of it goes back, rounded half to even; less than the amount, because
    /// something must be left to send.
    /// </summary>
    /// <param name="amount">Minor units that leave the wallet.</param>
    /// <param name="gross">Minor units of the payment they go back to.</param>
    /// <param name="gatewayFee">Minor units that the gateway kept of it.</param>
    public static long Of(long amount, long gross, long gatewayFee) => Math.Min(
        amount - 1, new ExactAmount(checked((Int128)amount * gatewayFee), gross).RoundHalfEven().Minor);
}
