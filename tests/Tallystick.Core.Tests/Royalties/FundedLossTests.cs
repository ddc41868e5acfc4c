using Tallystick.Core.Royalties;

namespace Tallystick.Core.Tests.Royalties;

public sealed class FundedLossTests
{
    [Theory]
    [InlineData(true, 0, 0, 5_000, 0, 0, 2_700)] // paid out already: a debt
    [InlineData(true, 200, 500, 5_000, 200, 500, 2_000)]
    [InlineData(true, 0, 2_700, 1_000, 0, 1_000, 0)] // no more than is owed still
    [InlineData(false, 0, 2_700, 5_000, 0, 0, 0)] // another's share is theirs
    [InlineData(false, 400, 2_300, 5_000, 270, 0, 0)] // but for what is held back of a new payee
    [InlineData(false, 100, 2_300, 5_000, 100, 0, 0)] // as far as it is still there
    [InlineData(true, 0, 0, 0, 0, 0, 0)]
    public void A_lost_top_up_reaches_the_share_of_its_own_buyer_and_what_is_held_back_of_new_payees(
        bool isBuyer, long holdback, long payable, long most, long held, long owed, long debt) =>
        FundedLoss.Of(new FundedPortion(2_700, 270, 3_000, 3_000, isBuyer), holdback, payable, most)
            .ShouldBe(new BorneLoss(held, owed, debt));

    [Fact]
    public void Only_the_part_that_the_top_up_paid_for_is_reached() =>
        FundedLoss.Of(new FundedPortion(2_700, 0, 1_000, 3_000, true), 0, 0, 5_000).Total.ShouldBe(900);
}
