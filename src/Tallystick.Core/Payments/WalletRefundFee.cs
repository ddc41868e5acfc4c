using Tallystick.Core.Amounts;

namespace Tallystick.Core.Payments;

/// <summary>What taking unused money back costs when the operator lets its buyer bear what the gateway keeps.</summary>
public static class WalletRefundFee
{
    /// <summary>
    /// The gateway's fee for the payment in proportion to what of it goes back, rounded half to even; less than the amount, because
    /// something must be left to send, and by so much less that this is a multiple of the step.
    /// </summary>
    /// <param name="amount">Minor units that leave the wallet: a multiple of the step.</param>
    /// <param name="gross">Minor units of the payment they go back to.</param>
    /// <param name="gatewayFee">Minor units that the gateway kept of it.</param>
    /// <param name="step">What the gateway sends are multiples of this.</param>
    public static long Of(long amount, long gross, long gatewayFee, long step)
    {
        var fee = new ExactAmount(checked((Int128)amount * gatewayFee), gross).RoundHalfEven().Minor;
        return Math.Min(amount - step, fee - (fee % step));
    }
}
