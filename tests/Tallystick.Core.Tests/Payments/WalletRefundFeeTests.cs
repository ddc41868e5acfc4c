using Tallystick.Core.Payments;

namespace Tallystick.Core.Tests.Payments;

public sealed class WalletRefundFeeTests
{
    [Theory]
    [InlineData(1_000_000, 1_000_000, 29_030, 1, 29_030)]
    [InlineData(500_000, 1_000_000, 29_030, 1, 14_515)]
    [InlineData(1, 100, 33, 1, 0)] // something must be left to send
    [InlineData(50, 100, 33, 1, 16)] // 16.5, to even
    [InlineData(33_330, 33_330, 997, 10, 990)] // what is sent is in steps
    [InlineData(10, 33_330, 33_000, 10, 0)]
    public void The_gateways_fee_is_borne_in_proportion(long amount, long gross, long kept, long step, long fee) =>
        WalletRefundFee.Of(amount, gross, kept, step).ShouldBe(fee);
}
