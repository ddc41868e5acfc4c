using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;
using Tallystick.Server.Metering;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

public sealed class IngestTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_acknowledged_and_counted_once()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(1);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();

        var first = await ingest.Store(usage.Batch(1, 100), Stop);
        var again = await ingest.Store(usage.Batch(1, 100), Stop);
        var overlap = await ingest.Store(usage.Batch(51, 100), Stop);

        first.Value.AcknowledgedSeq.ShouldBe(100ul);
        again.Value.Duplicates.ShouldBe(100u);
        again.Value.Accepted.ShouldBe(0u);
        overlap.Value.AcknowledgedSeq.ShouldBe(150ul);
        overlap.Value.Accepted.ShouldBe(50u);
        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(150));
    }

    [Fact]
    public async Task A_gap_is_refused_and_says_where_to_go_on()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(2);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await ingest.Store(usage.Batch(1, 10), Stop);

        var gap = await ingest.Store(usage.Batch(12, 5), Stop);

        gap.Refusal!.Type.ShouldBe(MeteringProblems.SequenceGap);
        gap.Refusal.Extensions!["acknowledged_seq"].ShouldBe(10L);
        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(10));
    }

    [Fact]
    public async Task The_same_identity_with_another_content_is_refused_reported_and_changes_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(3);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await ingest.Store(usage.Batch(1, 10), Stop);
        var forged = usage.Batch(5, 10);
        forged.Events[2] = forged.Events[2] with { Quantity = 1 };

        var refused = await ingest.Store(forged, Stop);
        await ingest.Store(forged, Stop);

        refused.Refusal!.Type.ShouldBe(MeteringProblems.IdentityConflict);
        refused.Refusal.Extensions!["seq"].ShouldBe(7L);
        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(10));
        var reported = await server.Database.Query<long>("select seq from metering.conflict", null, Stop);
        reported.ShouldBe([7L], "however often it comes");
    }

    [Fact]
    public async Task Batches_that_race_duplicate_and_reorder_count_every_event_once()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(4);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        const int Last = 400;

        // Four senders that all try to bring everything, in steps of a random size, over and over.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async sender =>
        {
            var random = new Random(sender);
            for (var next = 1; next <= Last;)
            {
                var count = Math.Min(random.Next(1, 40), Last - next + 1);
                var outcome = await ingest.Store(usage.Batch(next, count), Stop);
                next = outcome.Refusal is null ? next + count : 1;
            }
        }));

        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(Last));
        var rows = await server.Database.QueryOne<long>("select count(*) from metering.event", null, Stop);
        rows.ShouldBe(Last);
    }

    [Fact]
    public async Task Events_after_midnight_are_counted_with_those_before()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(5);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await ingest.Store(usage.Batch(1, 10), Stop);

        server.Clock.Advance(TimeSpan.FromDays(1));
        var later = await ingest.Store(usage.Batch(6, 10), Stop);

        later.Value.Accepted.ShouldBe(5u);
        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(15));
    }

    [Fact]
    public async Task Roll_ups_come_to_the_same_total_as_the_events()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(6);
        await usage.Known(server);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 5_000), Stop);

        var rollUp = server.Services.GetRequiredService<RollUpUsage>();
        while (await rollUp.Step(Stop))
        {
        }

        await Eventually.Holds(async () => await server.Database.QueryOne<long>(
            "select coalesce(sum(quantity), 0)::bigint from metering.rollup", null, Stop) == UsageBuilder.Total(5_000));
        (await Spent(server, usage)).ShouldBe(UsageBuilder.Total(5_000));
    }

    [Fact]
    public async Task A_batch_of_the_largest_size_is_taken_over_http_and_a_larger_one_is_told_to_halve()
    {
        await using var server = await TestServer.Start(postgres);
        using var http = server.Client(TestServer.GateSecret);
        var epoch = await http.Begin();
        var batch = new UsageBatch { Emitter = ByteString.CopyFrom(epoch.GateId.Value.ToByteArray(bigEndian: true)), Epoch = (ulong)epoch.Epoch };
        batch.Events.AddRange(new UsageBuilder(7).Batch(1, IngestUsage.EventsMost).Events.Select(e => e.ToWire()));
        var body = batch.ToByteArray();
        body.Length.ShouldBeGreaterThan(256 * 1024);

        var taken = await http.PostAsync("/gate/v1/usage", Content(body), Stop);
        var refused = await http.PostAsync("/gate/v1/usage", Content(new byte[IngestUsage.BodyBytesMost + 1]), Stop);

        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        IngestReceipt.Parser.ParseFrom(await taken.Content.ReadAsByteArrayAsync(Stop)).AcknowledgedSeq.ShouldBe((ulong)IngestUsage.EventsMost);
        refused.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await refused.Content.ReadAsStringAsync(Stop)).ShouldContain("two halves");

        static ByteArrayContent Content(byte[] bytes) => new(bytes) { Headers = { ContentType = new("application/x-protobuf") } };
    }

    [Fact]
    public async Task A_hundred_gates_that_always_have_more_keep_no_other_waiting()
    {
        await using var server = await TestServer.Start(postgres);
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into metering.emitter (emitter, epoch, acknowledged_seq)
                select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 1, 1000000000 from generate_series(1, 100) n
                """),
            Stop);
        var last = new UsageBuilder(9);
        await last.Known(server);

        await server.Services.GetRequiredService<IngestUsage>().Store(last.Batch(1, 1), Stop);

        await Eventually.Holds(async () => await server.Database.QueryOne<long>(
            "select rolled_seq from metering.emitter where emitter = @Gate", new { last.Gate }, Stop) == 1);
    }

    [Fact]
    public async Task A_database_that_was_restored_without_the_days_partition_gets_it_again()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(8);
        await usage.Known(server);
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await ingest.Store(usage.Batch(1, 1), Stop);
        var day = server.Clock.GetUtcNow();
        await server.Database.InTransaction(
            tx => tx.Execute(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"drop table metering.event_{day:yyyyMMdd}")), Stop);

        (await ingest.Store(usage.Batch(2, 1), Stop)).Value.AcknowledgedSeq.ShouldBe(2ul);
    }

    private static Task<long> Spent(TestServer server, UsageBuilder usage) => server.Database.InTransaction(
        tx => server.Services.GetRequiredService<SpentUsage>()
            .Total(tx, usage.Gate, 1, usage.Licence, Meter.BytesDelivered),
        Stop);
}
