using System.Net;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class PassTests
{
    [Fact]
    public async Task A_licence_opens_so_many_passes_in_a_day_and_no_more_and_none_of_anothers_is_touched()
    {
        var clock = new LaterClock();
        await using var gate = await TestGate.Start(settings: new() { ["PassesMost"] = "3" }, before: g => g.Clock = clock);
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims with { Exp = World.Now + (10 * 86_400) });
        for (var pass = 1; pass <= 3; pass++)
        {
            (await gate.Get("small.bin", token, "bytes=0-0", $"{pass}")).Status.ShouldBe(HttpStatusCode.PartialContent);
        }

        var refused = await gate.Get("small.bin", token, "bytes=0-0", "4");

        refused.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Problem.ShouldBe("too-many-passes");
        int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 86_400);
        (await gate.Get("small.bin", token, "bytes=1-1", "2")).Status.ShouldBe(HttpStatusCode.PartialContent);
        (await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)), pass: "4")).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(3);

        clock.Ahead = TimeSpan.FromDays(1);
        gate.Server.ClockAhead = TimeSpan.FromDays(1);
        await gate.Until(async g => (await g.Get("small.bin", token, "bytes=0-0", "4")).Status == HttpStatusCode.PartialContent);
    }

    private sealed class LaterClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
