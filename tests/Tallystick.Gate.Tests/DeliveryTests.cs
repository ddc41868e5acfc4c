using System.Net;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_licence_opens_the_file_and_what_was_flushed_is_billed()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var requests = new HashSet<string>();

        foreach (var (path, content) in gate.World.Content)
        {
            var answer = await gate.Get(path, gate.World.Token(claims));
            answer.Status.ShouldBe(HttpStatusCode.OK);
            answer.Bytes.ShouldBe(content);
            answer.Header("Cache-Control")!.ShouldContain("private");
            answer.Header("Accept-Ranges").ShouldBe("bytes");
            requests.Add(answer.Header("Tally-Request")!).ShouldBeTrue();
        }

        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(3_010_000);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(2);
        gate.Server.Events.Select(e => new RequestId(new Guid(e.RequestId.Span, bigEndian: true)).ToString()).ToHashSet()
            .ShouldBe(requests, ignoreOrder: true);
        gate.Server.Events.Select(e => e.Seq).ShouldBe(Enumerable.Range(1, gate.Server.Events.Count).Select(i => (ulong)i));
    }
}
