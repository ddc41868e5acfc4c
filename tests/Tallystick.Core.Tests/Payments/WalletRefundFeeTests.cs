using Tallystick.Core.Payments;

namespace Tallystick.Core.Tests.Payments;

public sealed class WalletRefundFeeTests
{
    [Theory]
    [InlineData(1_000_000, 1_000_000, 29_030, 29_030)]
    [InlineData(500_000, 1_000_000, 29_030, 14_515)]
    [InlineData(1, 100, 33, 0)] // something must be left to send
    [InlineData(50, 100, 33, 16)] // 16.5, to even
    public void The_gateways_fee_is_borne_in_proportion(long amount, long gross, long kept, long fee) =>
        WalletRefundFee.Of(amount, gross, kept).ShouldBe(fee);
}
