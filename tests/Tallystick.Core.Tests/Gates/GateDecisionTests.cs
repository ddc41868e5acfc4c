using Tallystick.Core.Gates;

namespace Tallystick.Core.Tests.Gates;

public sealed class GateDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Mine = new(1, 0, 0, new byte[8]);
    private static readonly Guid Other = new(2, 0, 0, new byte[8]);

    [Fact]
    public void An_epoch_is_not_taken_from_an_instance_that_lives()
    {
        EpochHolding.MayHave(null, null, Mine, Now).ShouldBeTrue();
        EpochHolding.MayHave(Mine, Now, Mine, Now).ShouldBeTrue();
        EpochHolding.MayHave(Other, Now.AddSeconds(-89), Mine, Now).ShouldBeFalse();
        EpochHolding.MayHave(Other, Now.AddSeconds(-89), Guid.Empty, Now).ShouldBeFalse();
        EpochHolding.MayHave(Other, Now.AddSeconds(-90), Mine, Now).ShouldBeTrue();
        EpochHolding.MayHave(Guid.Empty, Now, Guid.Empty, Now).ShouldBeTrue();
    }

    [Theory]
    // known, ended at, head, after
    [InlineData(true, null, 1_050, 1_010, true)]
    [InlineData(true, 1_010L, 1_050, 1_010, true)]
    // Restored from 1010 to 1000, grown to 1050: what the gate has beyond 1000 is of a past that is gone.
    [InlineData(true, 1_000L, 1_050, 1_010, false)]
    [InlineData(true, 1_000L, 1_050, 1_000, true)]
    // Restored to before the gate's generation began.
    [InlineData(false, null, 1_050, 1_010, false)]
    [InlineData(true, null, 1_000, 1_010, false)]
    [InlineData(false, null, 0, 0, true)]
    public void A_feed_goes_on_from_a_number_only_if_all_below_it_is_still_its_past(
        bool isKnown, long? endedAt, long head, long after, bool holds) =>
        FeedContinuity.Holds(isKnown, endedAt, head, after).ShouldBe(holds);
}
