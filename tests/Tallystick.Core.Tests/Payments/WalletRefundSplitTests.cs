using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Payments;

namespace Tallystick.Core.Tests.Payments;

public sealed class WalletRefundSplitTests
{
    private static readonly Guid Newer = new(1, 0, 0, new byte[8]);
    private static readonly Guid Older = new(2, 0, 0, new byte[8]);

    [Fact]
    public void The_newest_payment_gets_it_first_and_the_older_one_the_rest()
    {
        WalletRefundSplit.Of(700, [new(Newer, 500), new(Older, 2_000)]).ShouldBe([new(Newer, 500), new(Older, 200)]);
        WalletRefundSplit.Of(500, [new(Newer, 500), new(Older, 2_000)]).ShouldBe([new(Newer, 500)]);
        WalletRefundSplit.Of(1, [new(Newer, 0), new(Older, 1)]).ShouldBe([new(Older, 1)]);
    }

    [Fact]
    public void More_than_came_in_cannot_go_back()
    {
        WalletRefundSplit.Of(2_501, [new(Newer, 500), new(Older, 2_000)]).ShouldBeNull();
        WalletRefundSplit.Of(1, []).ShouldBeNull();
    }

    [Fact]
    public void Parts_sum_to_the_whole_and_none_is_more_than_its_payment() => Prop
        .ForAll(ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<int[]>(), (amount, payments) =>
        {
            var known = payments.Select((p, i) => new RefundablePayment(new Guid(i, 0, 0, new byte[8]), p)).ToList();
            var parts = WalletRefundSplit.Of(amount.Get, known);

            var most = known.Where(p => p.Minor > 0).Sum(p => p.Minor);
            (parts is null).ShouldBe(amount.Get > most);
            (parts ?? []).Sum(p => p.Minor).ShouldBe(parts is null ? 0 : amount.Get);
            (parts ?? []).ShouldAllBe(p => p.Minor > 0 && p.Minor <= known.Single(k => k.Id == p.Id).Minor);
        })
        .Check(Config.QuickThrowOnFailure);
}
