using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class SetAsideTests(Postgres postgres)
{
    private const string Kind = "test.odd_row";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_fails_again_while_it_is_open_counts_up_and_opens_anew_once_it_was_resolved()
    {
        await using var server = await Start();
        await Put(server, "one", "first reason");
        await Put(server, "one", "second reason", new JsonObject { ["units"] = 3 });
        await Put(server, "two", "another");

        var open = await Listed(server);
        open.Count.ShouldBe(2);
        ((string)open[0]["subject"]!).ShouldBe("two");
        ((long)open[1]["times"]!).ShouldBe(2);
        ((string)open[1]["reason"]!).ShouldBe("second reason");
        ((int)open[1]["detail"]!["units"]!).ShouldBe(3);
        ((string)open[1]["what_to_do"]!).ShouldBe("Look at it.");
        open[1]["actions"]!.AsArray().Select(a => (string)a!["name"]!).ShouldBe(["accept", "refuse"]);

        await server.Database.InTransaction(tx => Asides(server).Resolve(tx, Kind, "one", "it came right"), Stop);
        await Put(server, "one", "third reason");
        (await Listed(server)).Select(r => (long)r["times"]!).ShouldBe([1, 1]);
        var resolved = (await Listed(server, "?state=resolved")).ShouldHaveSingleItem();
        ((string)resolved["resolution"]!).ShouldBe("it came right");
        ((string)resolved["resolved_by"]!).ShouldBe("server");
        resolved["actions"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_action_and_the_mark_that_it_was_chosen_happen_together_and_once()
    {
        await using var server = await Start();
        await Put(server, "one", "odd");
        var id = (long)(await Listed(server))[0]["id"]!;
        using var operators = server.Client(TestServer.OperatorKey);

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => operators.PostAsync($"/v1/set-aside/{id}/accept", null, Stop)));

        both.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 409]);
        (await Written(server)).ShouldBe(["one"]);
        var row = (await Listed(server, "?state=resolved")).ShouldHaveSingleItem();
        ((string)row["resolution"]!).ShouldBe("accept");
        ((string)row["resolved_by"]!).ShouldStartWith("org_");
        (await operators.PostAsync($"/v1/set-aside/{id}/accept", null, Stop).Problem(409)).ShouldBe("set-aside-resolved");
    }

    [Fact]
    public async Task An_action_that_refuses_or_fails_leaves_the_row_open_and_nothing_written()
    {
        await using var server = await Start();
        await Put(server, "one", "odd");
        var id = (long)(await Listed(server))[0]["id"]!;
        using var operators = server.Client(TestServer.OperatorKey);

        (await operators.PostAsync($"/v1/set-aside/{id}/refuse", null, Stop).Problem(409)).ShouldBe("conflict");
        (await operators.PostAsync($"/v1/set-aside/{id}/explode", null, Stop).Problem(404)).ShouldBe("set-aside-action-unknown");
        (await operators.PostAsync("/v1/set-aside/4711/accept", null, Stop).Problem(404)).ShouldBe("not-found");

        (await Written(server)).ShouldBeEmpty();
        (await Listed(server)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Only_the_operator_sees_and_ends_what_was_set_aside()
    {
        await using var server = await Start();
        await Put(server, "one", "odd");
        var creator = await Member.SignUp(server, "creator", "buyer");

        (await creator.Http.GetAsync("/v1/set-aside", Stop).Problem(403)).ShouldBe("forbidden");
        (await creator.Http.GetAsync("/v1/set-aside/kinds", Stop).Problem(403)).ShouldBe("forbidden");
        (await creator.Http.PostAsync("/v1/set-aside/1/accept", null, Stop).Problem(403)).ShouldBe("forbidden");
    }

    [Fact]
    public async Task What_cannot_be_stored_as_it_is_can_still_be_set_aside()
    {
        await using var server = await Start();

        await Put(server, "a\0b", new string('r', 2_000) + "\0", new JsonObject { ["id"] = "x\0y\ud800" });
        await Put(server, "large", "odd", new JsonObject { ["text"] = new string('x', 100_000) });

        var rows = await Listed(server);
        rows.Count.ShouldBe(2);
        rows[1]["reason"]!.ToString().Length.ShouldBeLessThan(600);
        rows[0]["detail"]!.AsObject().ContainsKey("left_out").ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_of_a_kind_that_this_server_does_not_know_can_be_dismissed()
    {
        await using var server = await Start();
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into foundation.set_aside (kind, subject, reason, detail, first_seen_at, last_seen_at)
                values ('gone.kind', 'x', 'old', '{}', now(), now())
                """),
            Stop);
        using var operators = server.Client(TestServer.OperatorKey);

        await operators.PostAsync($"/v1/set-aside/{(await Listed(server))[0]["id"]}/dismiss", null, Stop).Json();

        (await Listed(server)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_list_comes_in_parts_by_kind_and_its_open_rows_are_a_metric()
    {
        await using var server = await Start();
        for (var i = 0; i < 5; i++)
        {
            await Put(server, $"row {i}", "odd");
        }

        using var operators = server.Client(TestServer.OperatorKey);
        var first = await operators.GetAsync($"/v1/set-aside?kind={Kind}&limit=3", Stop).Json();
        var second = await operators.GetAsync($"/v1/set-aside?kind={Kind}&limit=3&after={first["next"]}", Stop).Json();
        first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(r => (string)r!["subject"]!)
            .ShouldBe(["row 4", "row 3", "row 2", "row 1", "row 0"]);
        second["next"].ShouldBeNull();
        (await operators.GetAsync("/v1/set-aside?kind=test.other", Stop).Json())["items"]!.AsArray().ShouldBeEmpty();
        (await operators.GetAsync("/v1/set-aside?state=odd", Stop).Problem(400)).ShouldBe("invalid-request");

        (await operators.GetStringAsync("/metrics", Stop)).ShouldContain($"tally_set_aside_open{{kind=\"{Kind}\"}} 5\n");
        var kinds = (await operators.GetAsync("/v1/set-aside/kinds", Stop).Json())["kinds"]!.AsArray();
        ((long)kinds.First(k => (string?)k!["kind"] == Kind)!["open"]!).ShouldBe(5);
    }

    [Fact]
    public async Task A_row_that_fails_alone_leaves_what_the_same_transaction_wrote_before_and_after_it()
    {
        await using var server = await Start();

        await server.Database.InTransaction(
            async tx =>
            {
                foreach (var name in (string[])["before", "bad", "after"])
                {
                    try
                    {
                        await tx.Isolated(async () =>
                        {
                            await tx.Execute("insert into written values (@name)", new { name });
                            await tx.Execute(name == "bad" ? "select 1/0" : "select 1");
                        });
                    }
                    catch (Npgsql.PostgresException failure)
                    {
                        await Asides(server).Put(tx, Kind, name, failure.SqlState);
                    }
                }
            },
            Stop);

        (await Written(server)).ShouldBe(["before", "after"]);
        ((string)(await Listed(server)).ShouldHaveSingleItem()["reason"]!).ShouldBe("22012");
    }

    private async Task<TestServer> Start()
    {
        var server = await TestServer.Start(postgres, services: all => all.AddSetAsideKind(new(
            Kind, "A row that is odd.", "Look at it.",
            [
                new("accept", "Accept it", async (_, tx, row, _) =>
                {
                    await tx.Execute("insert into written values (@Subject)", new { row.Subject });
                    return null;
                }),
                new("refuse", "Try what cannot be", async (_, tx, row, _) =>
                {
                    await tx.Execute("insert into written values (@Subject)", new { row.Subject });
                    return Problems.Conflict.With("It cannot be.");
                }),
            ])));
        await server.Database.InTransaction(tx => tx.Execute("create table written (name text)"), Stop);
        return server;
    }

    private static SetAsides Asides(TestServer server) => server.Services.GetRequiredService<SetAsides>();

    private static Task Put(TestServer server, string subject, string reason, JsonObject? detail = null) =>
        server.Database.InTransaction(tx => Asides(server).Put(tx, Kind, subject, reason, detail), Stop);

    private static async Task<IReadOnlyList<JsonNode>> Listed(TestServer server, string query = "")
    {
        using var operators = server.Client(TestServer.OperatorKey);
        return [.. (await operators.GetAsync($"/v1/set-aside{query}", Stop).Json())["items"]!.AsArray().Select(r => r!)];
    }

    private static Task<IReadOnlyList<string>> Written(TestServer server) =>
        server.Database.Query<string>("select name from written", null, Stop);
}
