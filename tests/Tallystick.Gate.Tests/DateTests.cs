using System.Net;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>Conditions with dates (RFC 9110, 13): whoever has a copy does not pay for it again.</summary>
public sealed class DateTests
{
    private const string Modified = "Sun, 01 Mar 2026 12:00:00 GMT";
    private const string Before = "Sun, 01 Mar 2026 11:59:59 GMT";

    [Theory]
    [InlineData(304, "If-Modified-Since", Modified)]
    [InlineData(304, "If-Modified-Since", "Sunday, 01-Mar-26 12:00:00 GMT")]
    [InlineData(304, "If-Modified-Since", "Sun Mar  1 12:00:00 2026")]
    [InlineData(304, "If-Modified-Since", "Mon, 02 Mar 2026 00:00:00 GMT")]
    [InlineData(200, "If-Modified-Since", Before)]
    [InlineData(200, "If-Modified-Since", "yesterday")]
    [InlineData(200, "If-Modified-Since", Modified, "If-None-Match", "\"x\"")]
    [InlineData(304, "If-Modified-Since", Before, "If-None-Match", "*")]
    [InlineData(200, "If-Unmodified-Since", Modified)]
    [InlineData(412, "If-Unmodified-Since", Before)]
    [InlineData(200, "If-Unmodified-Since", "yesterday")]
    [InlineData(200, "If-Unmodified-Since", Before, "If-Match", "*")]
    [InlineData(206, "If-Range", Modified, "Range", "bytes=0-9")]
    [InlineData(200, "If-Range", Before, "Range", "bytes=0-9")]
    [InlineData(200, "If-Range", "Mon, 02 Mar 2026 00:00:00 GMT", "Range", "bytes=0-9")]
    [InlineData(304, "If-Modified-Since", Modified, "Range", "bytes=0-9")]
    public async Task A_condition_with_a_date_is_kept_and_only_what_is_sent_is_charged(int status, params string[] headers)
    {
        await using var gate = await TestGate.Start();
        foreach (var method in new[] { HttpMethod.Head, HttpMethod.Get })
        {
            using var request = gate.World.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)));
            request.Method = method;
            foreach (var (name, value) in headers.Chunk(2).Select(h => (h[0], h[1])))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            var answer = await gate.Send(request);

            // HEAD has no range (14.2), and is otherwise alike.
            ((int)answer.Status).ShouldBe(method == HttpMethod.Head && status == 206 ? 200 : status);
            if (status != 412)
            {
                answer.Header("Last-Modified").ShouldBe(Modified);
                answer.Header("ETag").ShouldNotBeNull();
            }
        }

        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(status switch { 200 => 10_000, 206 => 10, _ => 0 });
    }

    [Fact]
    public async Task Where_the_time_is_not_known_no_condition_on_it_holds()
    {
        await using var gate = await TestGate.Start(before: g =>
        {
            g.World.Modified = null;
            g.World.Announce();
        });
        foreach (var name in new[] { "If-Modified-Since", "If-Unmodified-Since" })
        {
            using var request = gate.World.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)));
            request.Headers.TryAddWithoutValidation(name, Modified);

            var answer = await gate.Send(request);

            answer.Status.ShouldBe(HttpStatusCode.OK);
            answer.Header("Last-Modified").ShouldBeNull();
        }
    }
}
