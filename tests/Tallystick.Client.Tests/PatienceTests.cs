using System.Text;

namespace Tallystick.Client.Tests;

/// <summary>Waiting as told, and never for ever.</summary>
public sealed class PatienceTests
{
    private const int Parts = 15;
    private readonly FastClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_says_when_to_come_back_is_obeyed_in_seconds_and_in_dates()
    {
        await using var server = new RawServer((number, _, to, stop) => RawServer.Send(to, number switch
        {
            1 => "503 Busy\r\nRetry-After: 45",
            2 => $"429 Slow\r\nRetry-After: {_clock.GetUtcNow().AddSeconds(90):R}",
            // By a clock that is three hours slow: it says so itself.
            3 => $"503 Busy\r\nDate: {_clock.GetUtcNow().AddHours(-3):R}\r\nRetry-After: {_clock.GetUtcNow().AddHours(-3).AddSeconds(60):R}",
            _ => "200 OK",
        }, "here", stop));
        using var tally = new TallyClient(server.Address, null, clock: _clock);

        (await tally.Get<string>("v1/works", Stop)).ShouldBe("here");

        _clock.Pauses.ShouldContain(TimeSpan.FromSeconds(45), "not sooner, however long it is");
        _clock.Pauses.ShouldContain(p => p > TimeSpan.FromSeconds(85) && p <= TimeSpan.FromSeconds(90));
        _clock.Pauses.ShouldContain(TimeSpan.FromSeconds(60), "counted from the Date of the answer");
    }

    [Fact]
    public async Task What_is_told_too_far_away_or_too_often_ends_the_call_and_says_when()
    {
        await using var far = new RawServer((_, _, to, stop) => RawServer.Send(to, "503 Busy\r\nRetry-After: 3600", "", stop));
        await using var often = new RawServer((_, _, to, stop) => RawServer.Send(to, "503 Busy\r\nRetry-After: 120", "", stop));
        using var one = new TallyClient(far.Address, null, clock: _clock);
        using var other = new TallyClient(often.Address, null, clock: _clock);

        (await Should.ThrowAsync<TallyProblemException>(() => one.Get<string>("x", Stop))).RetryAfter.ShouldBe(TimeSpan.FromHours(1));
        await Should.ThrowAsync<TallyProblemException>(() => other.Get<string>("x", Stop));

        far.Heads.Count.ShouldBe(1);
        often.Heads.Count.ShouldBe(6, "ten minutes hold five pauses of two");
    }

    [Fact]
    public async Task What_may_not_be_repeated_is_sent_again_only_when_it_was_refused_unread()
    {
        await using var server = new RawServer((number, _, to, stop) =>
            RawServer.Send(to, number == 1 ? "429 Slow\r\nRetry-After: 1" : "503 Busy\r\nRetry-After: 1", "", stop));
        using var tally = new TallyClient(server.Address, null, clock: _clock);

        (await Should.ThrowAsync<TallyProblemException>(() => tally.Post<string>("v1/licences", new { }, Stop))).Status.ShouldBe(503);

        server.Heads.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_whose_other_end_is_gone_ends_the_call_at_the_head_and_in_the_body()
    {
        await using var silent = new RawServer((_, _, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var half = new RawServer(async (_, _, to, stop) =>
        {
            await to.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var one = new TallyClient(silent.Address, null, clock: _clock);
        using var other = new TallyClient(half.Address, null, clock: _clock);

        (await Should.ThrowAsync<HttpRequestException>(() => one.Get<string>("x", Stop))).Message.ShouldContain("100 seconds");
        (await Should.ThrowAsync<Exception>(() => other.Get<string>("x", Stop))).ToString().ShouldContain("60 seconds");
    }

    [Fact]
    public async Task An_answer_and_a_request_may_take_as_long_as_they_keep_moving()
    {
        // Each takes longer than the time for silence, which is one second here for a request and 600 ms for an answer.
        await using var server = new RawServer(async (_, _, to, stop) =>
        {
            await to.ReadExactlyAsync(new byte[Parts * 1_000], stop);
            await to.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {Parts}\r\n\r\n"), stop);
            for (var i = 0; i < Parts; i++)
            {
                await to.WriteAsync("x"u8.ToArray(), stop);
                await Task.Delay(100, stop);
            }
        });
        using var tally = new TallyClient(server.Address, null, clock: new FastClock(times: 100));
        await using var body = new SlowStream();
        using var request = new HttpRequestMessage(HttpMethod.Put, "x") { Content = new StreamContent(body) };
        request.Content.Headers.ContentLength = Parts * 1_000;

        using var answer = await tally.Open(request, Stop);

        (await answer.Content.ReadAsStringAsync(Stop)).ShouldBe(new string('x', Parts));
    }

    [Fact]
    public void Pauses_grow_and_their_number_is_bounded_until_something_moved()
    {
        var patience = new Patience(_clock, failuresMost: 3);
        var failure = new HttpRequestException("away");

        var pauses = Enumerable.Range(0, 4).Select(_ => patience.Pause(failure)).ToList();
        pauses[3].ShouldBeNull();
        (pauses[0] < pauses[1] && pauses[1] < pauses[2]).ShouldBeTrue();
        patience.Renew();
        patience.Pause(failure).ShouldNotBeNull();
    }

    /// <summary>A thousand bytes every now and then.</summary>
    private sealed class SlowStream : MemoryStream
    {
        public SlowStream()
            : base(new byte[Parts * 1_000])
        {
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(100, cancellationToken);
            return await base.ReadAsync(buffer[..Math.Min(1_000, buffer.Length)], cancellationToken);
        }
    }
}
