using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Metering;
using Tallystick.Server.Pages.Parts;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

/// <summary>What is shown of usage is all of it: sums are made where the rows are, and the list goes on where it stopped.</summary>
public sealed class UsageListTests(Postgres postgres)
{
    private const int Licences = 2_972;
    private const int Days = 20;
    private const long DayMs = 86_400_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_use_stands_in_the_charts_and_in_the_list_however_many_there_are()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer, other) = (await Member.Creator(server), await Member.Buyer(server), await Member.Creator(server));
        var byDay = await Use(server, creator, buyer);

        foreach (var (member, role) in new[] { (creator, "creator"), (buyer, "buyer") })
        {
            var totals = await member.Http.GetAsync($"/v1/usage/totals?as={role}&by=day", Stop).Json();
            totals["totals"]!.AsArray().ToDictionary(t => Day((DateTimeOffset)t!["hour"]!), t => (long)t!["quantity"]!).ShouldBe(byDay, ignoreOrder: true);
            var listed = await List(member, $"as={role}&limit=1000");
            listed.Select(r => (string)r["licence_id"]!).Distinct().Count().ShouldBe(Licences);
            listed.Count.ShouldBe(Licences);
            listed.Select(r => (DateTimeOffset)r["hour"]!).ShouldBeInOrder(SortDirection.Descending);
            listed.Sum(r => (long)r["quantity"]!).ShouldBe(byDay.Values.Sum());
        }

        (await List(creator, "as=buyer")).ShouldBeEmpty();
        (await List(other, "")).ShouldBeEmpty();
        (await other.Http.GetAsync("/v1/usage/totals?as=creator&by=day", Stop).Json())["totals"]!.AsArray().ShouldBeEmpty();
        using var operate = server.Client(TestServer.OperatorKey);
        (await operate.GetAsync("/v1/usage/totals?by=day", Stop).Json())["totals"]!.AsArray().Sum(t => (long)t!["events"]!).ShouldBe(Licences);
        using var visitor = await Visitor.SignedIn(server, creator.Email);
        var page = await visitor.Page("/creator");
        foreach (var quantity in byDay.Values)
        {
            page.ShouldContain($">{Words.Quantity("bytes_delivered", quantity)}<");
        }
    }

    [Fact]
    public async Task A_gate_hands_events_in_while_earlier_ones_of_its_epoch_are_added_up()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(32);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await using var holds = await server.Database.Source.OpenConnectionAsync(Stop);
        await using var transaction = await holds.BeginTransactionAsync(Stop);
        await using var command = new Npgsql.NpgsqlCommand("lock table metering.rollup in access exclusive mode", holds, transaction);
        await command.ExecuteNonQueryAsync(Stop);

        (await ingest.Store(usage.Batch(1, 100), Stop)).Refusal.ShouldBeNull();
        await Eventually.Holds(
            async () => await server.Database.QueryOne<bool>(
                "select exists (select 1 from pg_locks where relation = 'metering.rollup'::regclass and not granted)", null, Stop),
            "adding up to wait for the table");
        (await ingest.Store(usage.Batch(101, 100), Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop)).Refusal.ShouldBeNull();
        await transaction.CommitAsync(Stop);

        await Eventually.Holds(
            async () => await server.Database.QueryOne<long>(
                "select coalesce(sum(events), 0)::bigint from metering.total where side = 'installation'", null, Stop) == 200,
            "both to be added up");
    }

    [Theory]
    [InlineData("/v1/usage?limit=0", "limit")]
    [InlineData("/v1/usage?limit=2001", "limit")]
    [InlineData("/v1/usage?after=1.2.3.4", "after")]
    [InlineData("/v1/usage?to=0001-01-01T00:00:00Z", "to")]
    [InlineData("/v1/usage?as=owner", "as")]
    [InlineData("/v1/usage/totals", "as")]
    [InlineData("/v1/usage/totals?as=buyer&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from")]
    public async Task What_cannot_be_asked_for_is_named(string path, string member)
    {
        await using var server = await TestServer.Start(postgres);
        var buyer = await Member.Buyer(server);

        var problem = await buyer.Http.GetAsync(path, Stop).Json(400);

        problem["errors"]!.AsObject().Select(e => e.Key).ShouldBe([member]);
    }

    /// <summary>A use under each of many licences, on the last days; its bytes by day.</summary>
    private static async Task<Dictionary<DateOnly, long>> Use(TestServer server, Member creator, Member buyer)
    {
        var usage = new UsageBuilder(31);
        await usage.Known(server, creator.Organisation);
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into metering.licence (licence_id, work_id, buyer, creator, pseudonym)
                select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, @Work, @Buyer, @Creator, @Gate
                from generate_series(1, @Licences) n
                """,
                new { usage.Work, Buyer = buyer.Organisation, Creator = creator.Organisation, usage.Gate, Licences }),
            Stop);
        var now = server.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var events = usage.Batch(1, Licences).Events.Select((e, i) => e with
        {
            LicenceId = Guid.ParseExact($"00000000-0000-7000-8000-{i + 1:000000000000}", "D"), TimeMs = now - (i % Days * DayMs),
        }).ToArray();
        (await server.Services.GetRequiredService<IngestUsage>().Store(new(usage.Gate, 1, events), Stop)).Refusal.ShouldBeNull();
        await Eventually.Holds(
            async () => await server.Database.QueryOne<long>("select coalesce(sum(rolled_seq), 0)::bigint from metering.emitter", null, Stop) == Licences,
            "usage to be added up");
        (await server.Database.QueryOne<long>("select count(*) from metering.quarantine", null, Stop)).ShouldBe(0);
        return events.GroupBy(e => Day(DateTimeOffset.FromUnixTimeMilliseconds(e.TimeMs))).ToDictionary(g => g.Key, g => g.Sum(e => e.Quantity));
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static async Task<List<JsonNode>> List(Member member, string query)
    {
        var rows = new List<JsonNode>();
        for (var next = ""; next is not null;)
        {
            var page = await member.Http.GetAsync($"/v1/usage?{query}{(next.Length == 0 ? "" : $"&after={Uri.EscapeDataString(next)}")}", Stop).Json();
            rows.AddRange(page["usage"]!.AsArray().Select(r => r!));
            next = (string?)page["next"];
        }

        return rows;
    }
}
