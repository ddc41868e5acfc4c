using Tallystick.Core.Spool;

namespace Tallystick.Core.Tests.Spool;

public sealed class BatchSizeTests
{
    [Fact]
    public void A_batch_that_is_refused_is_halved_down_to_one_event_and_grows_again_when_it_is_taken()
    {
        var size = new BatchSize(5_000);
        var sizes = new List<int>();
        for (var i = 0; i < 14; i++)
        {
            size.Refused(size.Events);
            sizes.Add(size.Events);
        }

        sizes.ShouldBe([2_500, 1_250, 625, 312, 156, 78, 39, 19, 9, 4, 2, 1, 1, 1]);
        for (var i = 0; i < 20; i++)
        {
            size.Taken();
        }

        size.Events.ShouldBe(5_000);
    }

    [Fact]
    public void A_batch_that_its_bytes_ended_is_halved_by_what_was_sent()
    {
        var size = new BatchSize(5_000);
        size.Refused(sent: 1_400);
        size.Events.ShouldBe(700);
    }
}
