using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Server.Access;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

/// <summary>What the server owes to gates when it was restored, and when two want to be one gate.</summary>
public sealed class GateRestartTests(Postgres postgres)
{
    private static readonly Guid First = new(1, 0, 0, new byte[8]);
    private static readonly Guid Second = new(2, 0, 0, new byte[8]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_that_saw_what_a_restore_took_away_gets_the_whole_feed_and_one_that_did_not_goes_on()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        await Wait.ForEvents(server);
        await Grow(server, 5);
        var backup = (await Feed(gate, 0, null)).Head;
        await Grow(server, 10);
        var before = await Feed(gate, 0, null);

        await Restore(server, backup);
        await server.Services.GetRequiredService<FeedGenerations>().StartAsync(Stop);
        await Grow(server, 50);

        var goneAstray = await Feed(gate, before.Head, before.Generation);
        goneAstray.FromStart.ShouldBeTrue();
        goneAstray.Generation.ShouldNotBe(before.Generation);
        goneAstray.Entries[0].Seq.ShouldBeLessThanOrEqualTo(backup);
        goneAstray.Entries[^1].Seq.ShouldBe(goneAstray.Head);
        var goesOn = await Feed(gate, backup, before.Generation);
        goesOn.FromStart.ShouldBeFalse();
        goesOn.Entries[0].Seq.ShouldBeGreaterThan(backup);
        (await Feed(gate, goneAstray.Head, goneAstray.Generation)).FromStart.ShouldBeFalse();
        (await Feed(gate, goneAstray.Head, Guid.Empty.ToString("N"))).FromStart.ShouldBeTrue();
    }

    [Fact]
    public async Task A_restart_alone_costs_no_gate_its_feed()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        await Wait.ForEvents(server);
        await Grow(server, 3);
        var before = await Feed(gate, 0, null);

        await server.Services.GetRequiredService<FeedGenerations>().StartAsync(Stop);

        var after = await Feed(gate, before.Head, before.Generation);
        after.FromStart.ShouldBeFalse();
        after.Entries.ShouldBeEmpty();
        after.Generation.ShouldNotBe(before.Generation);
    }

    [Fact]
    public async Task A_database_that_is_set_back_under_a_running_server_begins_a_generation_too()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        await Wait.ForEvents(server);
        await Grow(server, 5);
        var backup = (await Feed(gate, 0, null)).Head;
        await Grow(server, 10);
        var before = await Feed(gate, 0, null);

        await Restore(server, backup);
        (await Feed(gate, before.Head, before.Generation)).FromStart.ShouldBeTrue();
        await Grow(server, 50);

        (await Feed(gate, before.Head, before.Generation)).FromStart.ShouldBeTrue();
    }

    [Fact]
    public async Task The_secret_alone_does_not_fence_a_gate_that_lives_and_the_operator_hears_of_it()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        using var other = server.Client(TestServer.GateSecret);
        var epoch = (await gate.Begin(First)).Epoch;

        (await Ask(other, Second).Problem(409)).ShouldBe("gate-held");
        (await Ask(other, Guid.Empty).Problem(400)).ShouldBe("invalid-request");

        (await Tell(gate, First, epoch)).Fenced.ShouldBeFalse();
        (await Edge(server)).RefusedAt.ShouldNotBeNull();
        (await Cases(server)).ShouldBe([("access.gate_second_process", "edge")]);
        // It lives as long as it tells how it is.
        server.Clock.Advance(TimeSpan.FromSeconds(80));
        (await Tell(gate, First, epoch)).Fenced.ShouldBeFalse();
        server.Clock.Advance(TimeSpan.FromSeconds(80));
        (await Ask(other, Second).Problem(409)).ShouldBe("gate-held");

        server.Clock.Advance(TimeSpan.FromSeconds(20));
        (await other.Begin(Second)).Epoch.ShouldBe(epoch + 1);
        (await Tell(gate, First, epoch)).Fenced.ShouldBeTrue();
        (await Tell(other, Second, epoch + 1)).Fenced.ShouldBeFalse();
    }

    [Fact]
    public async Task A_gate_whose_place_was_taken_gets_it_back_with_its_leases_once_the_other_is_silent()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        using var thief = server.Client(TestServer.GateSecret);
        var mine = await gate.Begin(First);
        server.Clock.Advance(TimeSpan.FromSeconds(91));
        var taken = await thief.Begin(Second);
        await server.Database.InTransaction(tx => tx.Execute("delete from foundation.set_aside"), Stop);

        (await Tell(gate, First, mine.Epoch)).Fenced.ShouldBeTrue();
        (await Cases(server)).ShouldBe([("access.gate_second_process", "edge")], "the one that was fenced lives");
        (await Ask(gate, First, new(mine.Epoch, mine.LeasesOf, 0)).Problem(409)).ShouldBe("gate-held");

        // The secret was set anew: whoever has the old one is not heard any more.
        server.Clock.Advance(TimeSpan.FromSeconds(91));
        var back = await gate.Begin(First, new(mine.Epoch, mine.LeasesOf, 0));
        back.Epoch.ShouldBe(taken.Epoch + 1);
        (back.LeasesOf, back.EndedAt).ShouldBe((mine.LeasesOf, 0));
        (await Tell(gate, First, back.Epoch)).Fenced.ShouldBeFalse();
        (await Tell(thief, Second, taken.Epoch)).Fenced.ShouldBeTrue();
    }

    [Fact]
    public async Task A_gate_that_is_stuck_stands_on_the_operators_page_with_its_reason()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        using var other = server.Client(TestServer.GateSecret);
        var epoch = (await gate.Begin(First)).Epoch;

        await Tell(gate, First, epoch, waiting: 2_100, setAside: 3, "usage is not taken: refused with 413");
        // Another's word about it does not count, whatever instance it names.
        (await other.PostAsJsonAsync("/gate/v1/state", new GateState(First, epoch, [], 0, 0), TallyJson.Options, Stop).Problem(409))
            .ShouldBe("epoch-token-wrong");

        var edge = await Edge(server);
        (edge.EventsWaiting, edge.EventsSetAside).ShouldBe((2_100, 3));
        edge.Reasons.ShouldBe(["usage is not taken: refused with 413"]);
        await server.Database.InTransaction(
            tx => tx.Execute("delete from foundation.set_aside where kind = 'access.gate_second_process'"), Stop);
        (await Cases(server)).ShouldBe([("access.gate_events_refused", "edge")]);
        server.Clock.Advance(TimeSpan.FromSeconds(31));
        await Tell(gate, First, epoch, waiting: 2_100, setAside: 3, "usage is not taken: refused with 413");
        (await Cases(server)).ShouldBe([("access.gate_events_refused", "edge"), ("access.gate_not_ready", "edge")]);
        await Tell(gate, First, epoch, waiting: 0, setAside: 3);
        (await Cases(server)).ShouldBe([("access.gate_events_refused", "edge")]);
    }

    [Fact]
    public async Task A_gate_whose_epoch_a_restore_forgot_is_told_and_goes_on_under_a_number_that_was_never_given()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        var first = await gate.Begin(First);
        await Tell(gate, First, first.Epoch);
        var lost = await gate.Begin(First, new(first.Epoch, first.LeasesOf, 0));
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                update access.gate set last_epoch = last_epoch - 1 where last_epoch > 0;
                delete from access.epoch where number = @Epoch;
                delete from metering.emitter where epoch = @Epoch;
                """,
                lost),
            Stop);

        (await Tell(gate, First, lost.Epoch)).ShouldBe(new GateStanding(Fenced: false, Unknown: true));

        var next = await gate.Begin(First, new(lost.Epoch, lost.LeasesOf, 7));
        next.Epoch.ShouldBe(lost.Epoch + 1);
        (next.LeasesOf, next.EndedAt).ShouldBe((first.LeasesOf, 0));
        (await Cases(server)).ShouldBe([("access.gate_events_lost", $"edge/{lost.Epoch}")]);
        (await Tell(gate, First, next.Epoch)).ShouldBe(new GateStanding(Fenced: false));
    }

    [Theory]
    [InlineData("""{"instance":"00000001-0000-0000-0000-000000000000","epoch":0,"reasons":[],"events_waiting":0,"events_set_aside":0}""")]
    [InlineData("""{"instance":"00000001-0000-0000-0000-000000000000","epoch":1,"reasons":["a\u0000b"],"events_waiting":0,"events_set_aside":0}""")]
    [InlineData("""{"instance":"00000001-0000-0000-0000-000000000000","epoch":1,"reasons":[],"events_waiting":-1,"events_set_aside":0}""")]
    [InlineData("""{"instance":"x","epoch":1,"reasons":[],"events_waiting":0,"events_set_aside":0}""")]
    public async Task A_state_that_makes_no_sense_is_refused(string body)
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);

        (await gate.PostAsync("/gate/v1/state", new StringContent(body, null, "application/json"), Stop).Problem(400)).ShouldBe("invalid-request");
    }

    private static Task<IReadOnlyList<(string Kind, string Subject)>> Cases(TestServer server) =>
        server.Database.Query<(string, string)>(
            "select kind, subject from foundation.set_aside where state = 'open' order by kind", null, Stop);

    private static async Task<KnownGate> Edge(TestServer server) =>
        (await server.Services.GetRequiredService<KnownGates>().All(Stop)).Single(g => g.Name == "edge");

    private static async Task Grow(TestServer server, int entries)
    {
        var feed = server.Services.GetRequiredService<Feed>();
        for (var i = 0; i < entries; i++)
        {
            var key = Guid.CreateVersion7().ToString();
            await server.Database.InTransaction(tx => feed.Put(tx, FeedKind.Offer, key, new { key }), Stop);
        }
    }

    // The feed's tables as a backup would bring them back.
    private static Task Restore(TestServer server, long head) => server.Database.InTransaction(
        async tx =>
        {
            await tx.Execute("delete from access.feed where seq > @head", new { head });
            await tx.Execute("select setval('access.feed_seq', @head)", new { head });
        },
        Stop);

    private static async Task<FeedPage> Feed(HttpClient gate, long after, string? generation) =>
        (await gate.GetFromJsonAsync<FeedPage>(
            $"/gate/v1/feed?after={after}{(generation is null ? "" : $"&generation={generation}")}", TallyJson.Options, Stop))!;

    private static Task<HttpResponseMessage> Ask(HttpClient gate, Guid instance, EndedEpoch? ended = null) =>
        gate.PostAsJsonAsync("/gate/v1/epochs", new EpochRequest(instance, ended), TallyJson.Options, Stop);

    private static async Task<GateStanding> Tell(
        HttpClient gate, Guid instance, long epoch, long waiting = 0, long setAside = 0, params string[] reasons)
    {
        var answer = await gate.PostAsJsonAsync(
            "/gate/v1/state", new GateState(instance, epoch, reasons, waiting, setAside), TallyJson.Options, Stop);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Stop));
        return (await answer.Content.ReadFromJsonAsync<GateStanding>(TallyJson.Options, Stop))!;
    }
}
