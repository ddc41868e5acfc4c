using System.Net;
using System.Net.Http.Headers;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class RangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=0-", 206, 0, 10_000)]
    [InlineData("bytes=9999-", 206, 9_999, 1)]
    [InlineData("bytes=-5", 206, 9_995, 5)]
    [InlineData("bytes=100-199", 206, 100, 100)]
    [InlineData("bytes=9000-99999", 206, 9_000, 1_000)]
    [InlineData("bytes=0-99,100-199", 206, 0, 200)]
    [InlineData("bytes=0-1,5-6", 200, 0, 10_000)]
    [InlineData("items=0-1", 200, 0, 10_000)]
    [InlineData("bytes=5-2", 200, 0, 10_000)]
    [InlineData("bytes=x", 200, 0, 10_000)]
    [InlineData("bytes=10000-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=99999999999999999999-", 416, 0, 0)]
    public async Task A_range_is_answered_as_the_standard_says(string range, int status, int offset, int length)
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        var answer = await gate.Get("small.bin", token, range);

        ((int)answer.Status).ShouldBe(status);
        if (status == 416)
        {
            answer.Header("Content-Range").ShouldBe("bytes */10000");
            answer.Problem.ShouldBe("range-not-satisfiable");
            return;
        }

        answer.Bytes.ShouldBe(gate.World.Content["small.bin"][offset..(offset + length)]);
        answer.Header("Content-Range").ShouldBe(status == 206 ? $"bytes {offset}-{offset + length - 1}/10000" : null);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(length);
    }

    [Fact]
    public async Task Conditions_are_compared_with_the_strong_tag_and_cost_nothing_when_no_bytes_flow()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var head = await Ask(gate, token, HttpMethod.Head);
        var etag = head.Header("ETag")!;
        head.Status.ShouldBe(HttpStatusCode.OK);
        head.Header("Content-Length").ShouldBe("10000");
        head.Bytes.ShouldBeEmpty();

        (await Ask(gate, token, HttpMethod.Get, ("If-None-Match", etag))).Status.ShouldBe(HttpStatusCode.NotModified);
        (await Ask(gate, token, HttpMethod.Get, ("If-None-Match", $"\"x\", W/{etag}"))).Status.ShouldBe(HttpStatusCode.NotModified);
        (await Ask(gate, token, HttpMethod.Get, ("If-Match", "\"x\""))).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await Ask(gate, token, HttpMethod.Get, ("If-Match", $"W/{etag}"))).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(0);
        gate.Server.Charged(Meter.SegmentUnlocked).ShouldBe(0);

        (await Ask(gate, token, HttpMethod.Get, ("If-Match", etag))).Bytes.Length.ShouldBe(10_000);
        (await Ask(gate, token, HttpMethod.Get, ("If-None-Match", "\"x\""))).Bytes.Length.ShouldBe(10_000);
        (await Ask(gate, token, HttpMethod.Get, ("If-Range", etag), ("Range", "bytes=0-9"))).Bytes.Length.ShouldBe(10);
        (await Ask(gate, token, HttpMethod.Get, ("If-Range", "\"x\""), ("Range", "bytes=0-9"))).Bytes.Length.ShouldBe(10_000);
        (await Ask(gate, token, HttpMethod.Get, ("If-Range", $"W/{etag}"), ("Range", "bytes=0-9"))).Bytes.Length.ShouldBe(10_000);
        (await Ask(gate, token, HttpMethod.Head, ("Range", "bytes=0-9"))).Header("Content-Length").ShouldBe("10000");
    }

    [Fact]
    public async Task A_download_in_ranges_is_one_use_in_a_pass_and_every_byte_is_charged()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        var got = new List<byte>();
        for (var at = 0; at < 3_000_000; at += 700_000)
        {
            got.AddRange((await gate.Get("large.bin", token, $"bytes={at}-{at + 699_999}", "epoch 1")).Bytes);
        }

        got.ShouldBe(gate.World.Content["large.bin"]);
        await gate.Get("large.bin", token, "bytes=0-9", "epoch 1");
        await gate.Get("large.bin", token, "bytes=0-9", "epoch 2");
        await gate.Get("large.bin", token, "bytes=0-9");
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(3_000_030);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(3);
    }

    [Fact]
    public async Task An_empty_file_is_delivered_and_is_no_use()
    {
        await using var gate = await TestGate.Start([("empty.txt", 0)]);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        var answer = await gate.Get("empty.txt", token);

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Header("Content-Length").ShouldBe("0");
        gate.Server.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_list_of_files_is_public_and_its_links_work()
    {
        await using var gate = await TestGate.Start([("a b/ü #1.bin", 70_000), ("plain.bin", 5)]);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        var list = await gate.Get("", null);

        list.Status.ShouldBe(HttpStatusCode.OK);
        foreach (var file in list.Json["files"]!.AsArray())
        {
            var url = new Uri(file!["url"]!.GetValue<string>());
            using var request = new HttpRequestMessage(HttpMethod.Get, url.PathAndQuery);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var content = await gate.Send(request);
            content.Bytes.ShouldBe(gate.World.Content[file["path"]!.GetValue<string>()]);
            content.Header("ETag").ShouldBe($"\"{file["sha256"]!.GetValue<string>()}\"");
        }
    }

    [Fact]
    public async Task A_browser_may_ask_from_any_site()
    {
        await using var gate = await TestGate.Start();
        var preflight = await Ask(gate, null, HttpMethod.Options, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET"));
        var answer = await Ask(gate, gate.World.Token(gate.World.Claims(gate.World.Once)), HttpMethod.Get, ("Origin", "https://a.example"));

        preflight.Status.ShouldBe(HttpStatusCode.NoContent);
        preflight.Header("Access-Control-Allow-Headers")!.ShouldContain("Authorization");
        answer.Header("Access-Control-Allow-Origin").ShouldBe("*");
        answer.Header("Access-Control-Expose-Headers")!.ShouldContain("Content-Range");
    }

    private static async Task<Fetched> Ask(TestGate gate, string? token, HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = gate.World.Get("small.bin", token);
        request.Method = method;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await gate.Send(request);
    }
}
