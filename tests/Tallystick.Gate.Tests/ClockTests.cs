using System.Net;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class ClockTests
{
    [Theory]
    [InlineData(-24, 0)]
    [InlineData(24, 0)]
    [InlineData(0, 24)]
    [InlineData(0, -24)]
    public async Task A_clock_that_jumps_by_a_day_shuts_nobody_out_and_opens_nothing_between_two_answers_of_the_feed(int before, int after)
    {
        var clock = new JumpingClock { Ahead = TimeSpan.FromHours(before) };
        // So long as an answer of the feed is held, the gate is told no time.
        await using var gate = await TestGate.Start(settings: new() { ["FeedWaitSeconds"] = "60" }, before: g => g.Clock = clock);
        var claims = gate.World.Claims(gate.World.Once);
        var expired = gate.World.Token(claims with { Iat = World.Now - 7_200, Nbf = World.Now - 7_200, Exp = World.Now - 3_600 });
        var early = gate.World.Token(claims with { Nbf = World.Now + 3_600, Exp = World.Now + 7_200 });
        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);

        clock.Ahead = TimeSpan.FromHours(after);

        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("small.bin", expired)).Problem.ShouldBe("licence-expired");
        (await gate.Get("small.bin", early)).Problem.ShouldBe("licence-not-yet-valid");
    }

    /// <summary>A machine whose date is set while it runs; what measures durations goes on as it should.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long _aheadTicks;

        public TimeSpan Ahead
        {
            get => TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));
            set => Interlocked.Exchange(ref _aheadTicks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
