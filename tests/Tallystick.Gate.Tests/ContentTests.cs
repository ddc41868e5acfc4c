using System.Net;
using Tallystick.Core.Catalog;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>What is delivered is what was published, whatever the disk holds by now.</summary>
public sealed class ContentTests
{
    [Fact]
    public async Task A_small_file_that_was_altered_is_neither_delivered_nor_charged_until_it_is_right_again()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        (await gate.Get("small.bin", token, "bytes=0-99", "1")).Bytes.Length.ShouldBe(100);
        gate.World.Damage("small.bin", 5_000);

        for (var i = 0; i < 3; i++)
        {
            // Also what would be right of it.
            var refused = await gate.Get("small.bin", token, i == 0 ? null : "bytes=0-99", "1");
            refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Problem.ShouldBe("content-missing");
            refused.Header("Retry-After").ShouldNotBeNull();
        }

        (await gate.Ready()).ShouldBeFalse();
        (await gate.Reasons()).ShouldContain("another content");
        await gate.Until(() => gate.Server.States.Any(s => s.Reasons.Any(r => r.Contains("another content", StringComparison.Ordinal))));
        (await gate.Get("large.bin", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK, "the others are delivered");

        gate.World.Mend("small.bin");
        await gate.Until(g => g.Ready());
        (await gate.Get("small.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(100 + 3_000_000 + 10_000);
    }

    [Fact]
    public async Task Of_a_large_file_only_what_is_right_leaves_and_is_charged()
    {
        const int size = (2 * BlockHasher.BlockBytes) + 1_000;
        await using var gate = await TestGate.Start([("huge.bin", size)]);
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        gate.World.Damage("huge.bin", BlockHasher.BlockBytes + 7);

        (await gate.Get("huge.bin", token, "bytes=0-99999", "1")).Bytes.ShouldBe(gate.World.Content["huge.bin"][..100_000]);
        (await gate.Get("huge.bin", token, $"bytes={2 * BlockHasher.BlockBytes}-", "1")).Bytes.Length.ShouldBe(1_000);
        await Should.ThrowAsync<HttpRequestException>(() => gate.Get("huge.bin", token, pass: "1"));
        (await gate.Get("huge.bin", token, "bytes=0-9", "1")).Problem.ShouldBe("content-missing");
        (await gate.Ready()).ShouldBeFalse();
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeInRange(101_000 + 1, 101_000 + BlockHasher.BlockBytes);

        gate.World.Mend("huge.bin");
        await gate.Until(g => g.Ready());
        (await gate.Get("huge.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["huge.bin"]);
    }

    [Fact]
    public async Task A_large_file_of_before_blocks_were_hashed_is_read_as_a_whole_and_found_out()
    {
        const int size = BlockHasher.BlockBytes + 1_000;
        await using var gate = await TestGate.Start([("huge.bin", size)], before: g =>
        {
            g.World.HashesBlocks = false;
            g.Server.Blocks.Clear();
        });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        (await gate.Get("huge.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["huge.bin"]);
        gate.World.Damage("huge.bin", size - 1);

        await gate.Until(async g => (await g.Get("huge.bin", token, "bytes=0-9", "1")).Status == HttpStatusCode.ServiceUnavailable);

        (await gate.Get("huge.bin", token, "bytes=0-9", "1")).Problem.ShouldBe("content-missing");
        (await gate.Ready()).ShouldBeFalse();
    }

    [Fact]
    public async Task Content_that_is_not_there_makes_the_gate_not_ready_until_it_is()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        File.Delete(gate.World.BlobOf("small.bin"));

        (await gate.Get("small.bin", token)).Problem.ShouldBe("content-missing");
        (await gate.Reasons()).ShouldContain("is not there");

        gate.World.Mend("small.bin");
        await gate.Until(g => g.Ready());
        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);
        // What no work has any more is nobody's loss.
        File.Delete(gate.World.BlobOf("large.bin"));
        (await gate.Get("large.bin", token)).Problem.ShouldBe("content-missing");
        gate.World.Content.Remove("large.bin");
        gate.World.Announce();
        await gate.Until(g => g.Ready());
    }

    [Fact]
    public async Task A_file_is_read_once_to_be_checked_and_not_with_every_request()
    {
        await using var gate = await TestGate.Start([("huge.bin", 2 * BlockHasher.BlockBytes)]);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var written = File.GetLastWriteTimeUtc(gate.World.BlobOf("huge.bin"));
        (await gate.Get("huge.bin", token, "bytes=0-99", "1")).Status.ShouldBe(HttpStatusCode.PartialContent);

        // Where even the time of writing was put back, what was checked within the hour is believed: that is what it costs so little by.
        gate.World.Damage("huge.bin", 50);
        File.SetLastWriteTimeUtc(gate.World.BlobOf("huge.bin"), written);
        (await gate.Get("huge.bin", token, "bytes=0-99", "1")).Status.ShouldBe(HttpStatusCode.PartialContent);

        File.SetLastWriteTimeUtc(gate.World.BlobOf("huge.bin"), written.AddSeconds(1));
        (await gate.Get("huge.bin", token, "bytes=0-99", "1")).Problem.ShouldBe("content-missing");
    }
}
