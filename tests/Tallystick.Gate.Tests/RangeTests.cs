using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;
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
    [InlineData("bytes=0-4,", 206, 0, 5)]
    [InlineData("bytes=, ,0-4 ,,5-9,", 206, 0, 10)]
    [InlineData("bytes=50-99,0-9,10-49", 206, 0, 100)]
    [InlineData("bytes=0-4,20000-", 206, 0, 5)]
    [InlineData("items=0-1", 200, 0, 10_000)]
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

    [Theory]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=x")]
    [InlineData("bytes=")]
    [InlineData("bytes=0-1,x")]
    [InlineData("bytes=- 5")]
    [InlineData(null)]
    public async Task What_is_no_range_is_refused_and_not_billed_as_the_whole(string? range)
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        range ??= "bytes=" + string.Join(',', Enumerable.Range(0, 65).Select(i => $"{100 * i}-{100 * i}"));

        var answer = await gate.Get("small.bin", token, range);

        answer.Status.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        answer.Problem.ShouldBe("range-not-valid");
        answer.Header("Content-Range").ShouldBe("bytes */10000");
    }

    [Theory]
    [InlineData("small.bin", "bytes=0-4,100-199,9999-", 5 + 100 + 1)]
    [InlineData("small.bin", "bytes=-5,3-3", 6)]
    [InlineData("large.bin", "bytes=0-99999,200000-2200000,-10", 100_000 + 2_000_001 + 10)]
    [InlineData("large.bin", "bytes=2900000-2999999,0-29,50-60", 100_000 + 30 + 11)]
    public async Task Several_ranges_come_in_parts_and_only_their_content_is_charged(string path, string range, int charged)
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var content = gate.World.Content[path];

        var answer = await gate.Get(path, token, range);

        answer.Status.ShouldBe(HttpStatusCode.PartialContent);
        answer.Header("Content-Range").ShouldBeNull();
        answer.Header("Content-Length").ShouldBe($"{answer.Bytes.Length}");
        var type = answer.Answer.Content.Headers.ContentType!;
        type.MediaType.ShouldBe("multipart/byteranges");
        var boundary = type.Parameters.Single(p => p.Name == "boundary").Value!;
        using var body = new MemoryStream(answer.Bytes);
        var reader = new MultipartReader(boundary, body);
        var asked = range["bytes=".Length..].Split(',').Select(r => Bounds(r, content.Length)).ToList();
        foreach (var (from, to) in asked)
        {
            var part = (await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken))!;
            part.Headers!["Content-Range"].ToString().ShouldBe($"bytes {from}-{to}/{content.Length}");
            part.ContentType.ShouldBe("application/octet-stream");
            using var bytes = new MemoryStream();
            await part.Body.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            bytes.ToArray().ShouldBe(content[from..(to + 1)]);
        }

        (await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken)).ShouldBeNull();
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(charged);
        gate.Server.Charged(Meter.SegmentUnlocked).ShouldBe(1);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("Head")]
    [InlineData("POST")]
    public async Task Another_method_is_refused_and_letters_in_another_case_are_another(string method)
    {
        await using var gate = await TestGate.Start();
        using var request = gate.World.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)));
        request.Method = new HttpMethod(method);

        var said = await gate.Raw($"{method} {gate.World.UrlOf("small.bin")} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n" +
            $"Authorization: {request.Headers.Authorization}\r\n\r\n");

        said.ShouldStartWith("HTTP/1.1 405 ");
        said.ShouldContain("Allow: GET, HEAD, OPTIONS");
    }

    [Fact]
    public async Task Any_number_of_spaces_may_stand_in_front_of_a_token()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        var said = await gate.Raw($"GET {gate.World.UrlOf("small.bin")} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n" +
            $"Range: bytes=0-3\r\nAuthorization: bearer   {token}\r\n\r\n");

        said.ShouldStartWith("HTTP/1.1 206 ");
    }

    [Theory]
    [InlineData("Content-Length: +5", "hello")]
    [InlineData("Content-Length: 5", "hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    public async Task A_request_with_a_body_is_refused_and_nothing_after_it_is_taken(string length, string body)
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var ask = $"GET {gate.World.UrlOf("small.bin")} HTTP/1.1\r\nHost: gate\r\nRange: bytes=0-3\r\nAuthorization: Bearer {token}\r\n";

        var said = await gate.Raw($"{ask}{length}\r\n\r\n{body}{ask}\r\n");

        said.ShouldStartWith("HTTP/1.1 400 ");
        said.ShouldContain("Connection: close");
        said.ShouldNotContain("HTTP/1.1 206");
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

    [Fact]
    public async Task Any_site_may_read_what_is_public_whoever_asked_before()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        foreach (var answer in new[]
        {
            await gate.Get("small.bin", token), await gate.Get("small.bin", null), await gate.Get("", null), await gate.Get("nowhere", token),
            await Ask(gate, token, HttpMethod.Head),
        })
        {
            answer.Header("Access-Control-Allow-Origin").ShouldBe("*");
            (answer.Header("Vary") ?? "").ShouldNotContain("Origin");
        }
    }

    private static (int From, int To) Bounds(string range, int size)
    {
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        return dash == 0
            ? (size - int.Parse(range[1..], System.Globalization.CultureInfo.InvariantCulture), size - 1)
            : (int.Parse(range[..dash], System.Globalization.CultureInfo.InvariantCulture),
                dash == range.Length - 1 ? size - 1 : int.Parse(range[(dash + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
