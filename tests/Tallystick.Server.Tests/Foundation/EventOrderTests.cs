using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class EventOrderTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dispute_that_was_won_leaves_the_licence_valid_also_when_its_opening_was_put_off()
    {
        await using var server = await TestServer.Start(postgres);
        var member = await Member.SignUp(server, "creator", "buyer");
        var (work, _) = await member.Published();
        var (licence, _) = await member.Licence(await member.MeteredOffer(work));
        var purchase = server.Services.GetRequiredService<Tallystick.Hosting.IdSource>().New<PurchaseId>();
        await Wait.ForEvents(server);
        var amount = new Money(100, Currency.Parse("USD"));
        await server.Database.InTransaction(
            async tx =>
            {
                await tx.Execute("update licensing.licence set purchase_id = @purchase where id = @licence", new { purchase, licence });
                await Publish(server, tx, new DisputeOpened("dp_1", member.Organisation, purchase, amount));
                await tx.Execute("update foundation.delivery set due_at = @Later", new { Later = server.Clock.GetUtcNow().AddMinutes(5) });
                await Publish(server, tx, new DisputeClosed("dp_1", member.Organisation, purchase, amount, false, amount with { Minor = 0 }, null));
            },
            Stop);

        await Task.Delay(1_500, Stop);
        (await server.Database.QueryOne<long>(
            "select count(*) from foundation.delivery where handler = 'licensing.decide_disputed'", null, Stop)).ShouldBe(1);
        server.Clock.Advance(TimeSpan.FromMinutes(6));
        await Wait.ForEvents(server);

        (await server.Services.GetRequiredService<Licences>().Find(licence, Stop))!.Status.ShouldBe(
            Tallystick.Core.Gates.LicenceStatus.Valid);
    }

    [Fact]
    public async Task A_delivery_that_fails_stops_what_follows_about_the_same_thing_and_nothing_else()
    {
        await using var server = await Start();
        await Publish(server, [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("c", 1), ("a", 3)], broken: "a");
        await Eventually.Holds(async () => (await Handled(server)).Count == 3, "that b and c were handled");

        (await Handled(server)).ShouldBe(["b 1", "b 2", "c 1"]);
        await Mend(server);
        server.Clock.Advance(TimeSpan.FromHours(1));
        await Wait.ForEvents(server);

        (await Handled(server)).ShouldBe(["b 1", "b 2", "c 1", "a 1", "a 2", "a 3"]);
    }

    [Fact]
    public async Task A_delivery_that_fails_at_the_commit_is_found_and_put_off_alone()
    {
        await using var server = await Start();
        await Publish(server, [.. Enumerable.Range(0, 20).Select(i => ($"thing {i:00}", 1))], brokenAtCommit: "thing 07");

        await Eventually.Holds(async () => (await Handled(server)).Count == 19, "that all others were handled");

        (await server.Database.QueryOne<long>(
            "select count(*) from foundation.delivery d join foundation.event e on e.id = d.event_id where body->>'thing' = 'thing 07' and attempts > 0",
            null,
            Stop)).ShouldBe(1);
    }

    [Fact]
    public async Task A_delivery_that_fails_too_often_is_set_aside_and_handled_in_its_turn_when_it_is_replayed()
    {
        await using var server = await Start(attempts: 3);
        await Publish(server, [("a", 1), ("a", 2), ("b", 1)], broken: "a");
        var row = await GivenUp(server);
        ((string)row["reason"]!).ShouldBe("Broken on purpose.");
        ((string)row["detail"]!["handler"]!).ShouldBe("test.record");
        ((long)row["detail"]!["waiting_behind"]!).ShouldBe(1);

        server.Clock.Advance(TimeSpan.FromDays(1));
        await Task.Delay(1_200, Stop);
        (await Handled(server)).ShouldBe(["b 1"]);
        await Mend(server);
        using var operators = server.Client(TestServer.OperatorKey);
        await operators.PostAsync($"/v1/set-aside/{row["id"]}/replay", null, Stop).Json();
        await Wait.ForEvents(server);

        (await Handled(server)).ShouldBe(["b 1", "a 1", "a 2"]);
    }

    [Fact]
    public async Task A_dead_letter_that_is_dropped_lets_go_of_what_waited_behind_it()
    {
        await using var server = await Start(attempts: 3);
        await Publish(server, [("a", 1), ("a", 2)], broken: "a");
        var row = await GivenUp(server);
        await Mend(server);
        using var operators = server.Client(TestServer.OperatorKey);

        await operators.PostAsync($"/v1/set-aside/{row["id"]}/drop", null, Stop).Json();
        await Wait.ForEvents(server);

        (await Handled(server)).ShouldBe(["a 2"]);
    }

    [Fact]
    public async Task Two_servers_at_once_handle_every_event_once_and_in_order()
    {
        await using var server = await Start();
        await using var second = await TestServer.Start(
            postgres, database: server.Services.GetRequiredService<FoundationOptions>().Database,
            services: all => all.AddEventHandler<Happened, Record>());
        var things = Enumerable.Range(0, 400).Select(i => ($"thing {i % 7}", i / 7)).ToList();

        var publishing = Publish(server, things);
        // Beside the workers, of which one runs: as if a server that stalled had lost its lock without noticing.
        var dispatchers = new[] { server, second }.Select(s => s.Services.GetRequiredService<EventDispatcher>());
        await Task.WhenAll([publishing, .. dispatchers.Select(d => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await d.Step(Stop);
            }
        }))]);
        await Wait.ForEvents(server);

        var handled = (await Handled(server)).Select(h => h.Split(' ')).ToList();
        handled.Count.ShouldBe(400);
        foreach (var thing in handled.GroupBy(h => h[1]))
        {
            thing.Select(h => int.Parse(h[2], null)).ShouldBe(Enumerable.Range(0, thing.Count()));
        }
    }

    [Fact]
    public async Task Events_that_everybody_handled_and_rows_that_were_resolved_are_forgotten_after_a_time()
    {
        await using var server = await Start(attempts: 1);
        await Publish(server, [("a", 1), ("b", 1)], broken: "a");
        await GivenUp(server);
        await Eventually.Holds(async () => (await Handled(server)).Count == 1, "that b was handled");
        var thin = server.Services.GetRequiredService<ThinEvents>();

        await thin.Step(Stop);
        (await Events(server)).ShouldBe(["a", "b"]);
        server.Clock.Advance(TimeSpan.FromDays(91));
        await thin.Step(Stop);

        (await Events(server)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_delivery_to_a_handler_that_no_server_has_is_set_aside_instead_of_waiting_unseen()
    {
        await using var server = await Start();
        await Publish(server, [("a", 1)]);
        await Wait.ForEvents(server);
        await server.Database.InTransaction(
            tx => tx.Execute(
                "insert into foundation.delivery (event_id, handler, lane, due_at) select max(id), 'gone.handler', 'gone/a', @Now from foundation.event",
                new { Now = server.Clock.GetUtcNow() }),
            Stop);
        var thin = server.Services.GetRequiredService<ThinEvents>();
        await thin.Step(Stop);
        (await server.Database.QueryOne<bool>("select dead from foundation.delivery", null, Stop)).ShouldBeFalse();

        server.Clock.Advance(TimeSpan.FromDays(2));
        await thin.Step(Stop);

        ((string)(await GivenUp(server))["detail"]!["handler"]!).ShouldBe("gone.handler");
    }

    private async Task<TestServer> Start(int attempts = 20)
    {
        var server = await TestServer.Start(
            postgres,
            new() { ["Server:EventAttemptsMost"] = $"{attempts}" },
            services: all => all.AddEventHandler<Happened, Record>());
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                create table handled (ordinal bigint generated always as identity, what text);
                create table broken (thing text);
                create table checked (thing text primary key);
                create table at_commit (thing text references checked (thing) deferrable initially deferred);
                """),
            Stop);
        return server;
    }

    private static Task Publish(
        TestServer server, IReadOnlyList<(string Thing, int Number)> happened, string? broken = null, string? brokenAtCommit = null) =>
        server.Database.InTransaction(
            async tx =>
            {
                await tx.Execute("insert into broken select @broken where @broken::text is not null", new { broken });
                foreach (var (thing, number) in happened)
                {
                    await Publish(server, tx, new Happened(thing, number, thing == brokenAtCommit));
                }
            },
            Stop);

    private static Task Publish<T>(TestServer server, Tx tx, T occurred)
        where T : IEvent => server.Services.GetRequiredService<Outbox>().Publish(tx, occurred);

    private static Task Mend(TestServer server) => server.Database.InTransaction(tx => tx.Execute("delete from broken"), Stop);

    private static async Task<System.Text.Json.Nodes.JsonNode> GivenUp(TestServer server)
    {
        using var operators = server.Client(TestServer.OperatorKey);
        System.Text.Json.Nodes.JsonArray rows = [];
        await Eventually.Holds(
            async () =>
            {
                server.Clock.Advance(TimeSpan.FromMinutes(1));
                rows = (await operators.GetAsync("/v1/set-aside?kind=foundation.dead_letter", Stop).Json())["items"]!.AsArray();
                return rows.Count > 0;
            },
            "that a delivery was given up");
        return rows.ShouldHaveSingleItem()!;
    }

    private static Task<IReadOnlyList<string>> Handled(TestServer server) =>
        server.Database.Query<string>("select what from handled order by ordinal", null, Stop);

    private static Task<IReadOnlyList<string>> Events(TestServer server) => server.Database.Query<string>(
        "select body->>'thing' from foundation.event where type = 'test.happened' order by 1", null, Stop);

    private sealed record Happened(string Thing, int Number, bool FailsAtCommit) : IEvent
    {
        public static string Type => "test.happened";

        string IEvent.Key => Thing;
    }

    private sealed class Record : IEventHandler<Happened>
    {
        public static string Name => "test.record";

        public async Task Handle(Tx tx, Happened occurred, CancellationToken stop)
        {
            await tx.Execute("insert into handled (what) values (@What)", new { What = $"{occurred.Thing} {occurred.Number}" });
            if (occurred.FailsAtCommit)
            {
                await tx.Execute("insert into at_commit values (@Thing)", new { occurred.Thing });
            }

            if (await tx.QueryOne<bool>("select exists (select 1 from broken where thing = @Thing)", new { occurred.Thing }))
            {
                throw new InvalidOperationException("Broken on purpose.");
            }
        }
    }
}
