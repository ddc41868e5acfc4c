using System.Diagnostics;
using System.Net;
using Tallystick.Server.Tests.Access;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class StopTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_that_waits_for_news_is_answered_when_the_server_stops_and_does_not_hold_it_up()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        await Wait.ForEvents(server);
        var head = (await gate.Feed(0)).Head;
        var waiting = gate.Feed(head, wait: 30);
        await Eventually.Holds(
            async () => await server.Database.QueryOne<long>("select coalesce(max(feed_position), 0) from access.gate", null, Stop) == head,
            "that the server knows of the question");

        var began = Stopwatch.GetTimestamp();
        await server.Stop(Stop);

        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        (await waiting).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_to_stop_says_so_first_and_still_answers()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Server:StopDelaySeconds"] = "300" });
        using var gate = server.Client(TestServer.GateSecret);
        using var now = new CancellationTokenSource();

        var stopping = server.Stop(now.Token);

        await Eventually.Holds(
            async () => (await gate.GetAsync("/health/ready", Stop)).StatusCode == HttpStatusCode.ServiceUnavailable, "that it says so");
        (await gate.Feed(0)).Head.ShouldBeGreaterThanOrEqualTo(0);
        (await gate.GetAsync("/health/live", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        stopping.IsCompleted.ShouldBeFalse();
        await now.CancelAsync();
        await stopping;
    }
}
