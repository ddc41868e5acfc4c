using Tallystick.Core.Payments;

namespace Tallystick.Core.Tests.Payments;

public sealed class RevocationRefundTests
{
    private static readonly DateTimeOffset Bought = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, null, 0L, 1_000L)] // never used: all
    [InlineData(300, null, 0L, 1_000L)] // never used, late: all
    [InlineData(0, null, 1L, 1_000L)] // used, the whole term is left
    [InlineData(73, null, 1L, 800L)] // a fifth of the term is over
    [InlineData(400, null, 1L, 0L)] // the term is over
    [InlineData(0, 3L, 1L, 667L)] // two of three uses are left: 666.67, up
    [InlineData(73, 10L, 1L, 800L)] // nine uses in ten, four days in five: the smaller
    [InlineData(73, 10L, 5L, 500L)] // the uses are the smaller part
    [InlineData(10, 10L, 12L, 0L)] // more than all uses
    public void What_was_not_used_is_given_back(int daysAfter, long? maxUses, long used, long refund) =>
        RevocationRefund.Of(new RevokedLicence(1_000, 365, Bought.AddDays(365), maxUses, used), Bought.AddDays(daysAfter))
            .ShouldBe(refund);

    [Fact]
    public void A_day_that_has_begun_is_the_buyers() =>
        RevocationRefund.Of(new RevokedLicence(1_000, 10, Bought.AddDays(10), null, 1), Bought.AddHours(1)).ShouldBe(1_000);

    [Theory]
    [InlineData(1_000, 1_000, 100)]
    [InlineData(5, 1_000, 0)] // half a cent: to even
    [InlineData(15, 1_000, 2)]
    public void The_operator_gives_the_fee_back_in_proportion(long refund, int basisPoints, long fee) =>
        RevocationRefund.FeePart(refund, basisPoints).ShouldBe(fee);

    [Theory]
    [InlineData(1_000, 0, 0, 0, 0, 1_000, 0, 0, 0, 0, 0)] // not shared: the price itself
    [InlineData(0, 0, 900, 0, 0, 0, 100, 0, 900, 0, 0)] // shared and owed
    [InlineData(0, 300, 400, 500, 0, 0, 100, 300, 400, 200, 0)] // what is held back of it first, then owed, then what waits
    [InlineData(0, 0, 400, 500, 450, 0, 100, 0, 0, 450, 450)] // what is owed already comes first
    [InlineData(0, 900, 0, 0, 200, 0, 100, 700, 0, 0, 200)] // also out of what is held back
    [InlineData(0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 900)] // paid out to another
    [InlineData(200, 0, 0, 0, -50, 200, 80, 0, 0, 0, 720)] // what was collected too much is no money to give
    public void It_comes_from_what_is_the_revokers_to_give_and_the_rest_is_missing(
        long deferred, long heldBack, long payable, long unsent, long debt,
        long fromDeferred, long fee, long fromHeld, long fromPayable, long fromUnsent, long missing)
    {
        var cover = RevocationRefund.Cover(1_000, 1_000, new(deferred, heldBack, payable, unsent, debt));

        cover.ShouldBe(new(fromDeferred, fee, fromHeld, fromPayable, fromUnsent, missing));
        cover.Total.ShouldBe(1_000);
    }
}
