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
        EpochHolding.MayHave(default, Mine, null, Now).ShouldBeTrue();
        EpochHolding.MayHave(Held(Mine, 0), Mine, null, Now).ShouldBeTrue();
        EpochHolding.MayHave(Held(Other, 89), Mine, null, Now).ShouldBeFalse();
        EpochHolding.MayHave(Held(Other, 89), Guid.Empty, 5, Now).ShouldBeFalse();
        EpochHolding.MayHave(Held(Other, 90), Mine, null, Now).ShouldBeTrue();
    }

    [Fact]
    public void Of_two_copies_of_one_folder_the_second_does_not_fence_the_first()
    {
        EpochHolding.MayHave(Held(Mine, 0), Mine, 5, Now).ShouldBeTrue("it ends the newest");
        EpochHolding.MayHave(Held(Mine, 0), Mine, 4, Now).ShouldBeFalse("another copy went on from there, and lives");
        EpochHolding.MayHave(Held(Mine, 90), Mine, 4, Now).ShouldBeTrue("it is silent");
        EpochHolding.MayHave(Held(Mine, 0) with { IsInUse = false }, Mine, 4, Now).ShouldBeTrue("the answer was lost");
        EpochHolding.MayHave(Held(Mine, 0), Mine, 6, Now).ShouldBeTrue("a restore forgot it");
    }

    private static EpochHolder Held(Guid by, int secondsAgo) => new(by, Now.AddSeconds(-secondsAgo), 5, IsInUse: true);

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
