using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Server.Metering;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

/// <summary>One use per licence, unit and pass, at however many gates.</summary>
public sealed class RepeatedUseTests(Postgres postgres)
{
    private static readonly UsageBuilder Here = new(41);
    private static readonly UsageBuilder There = new(42);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pass_at_two_gates_is_one_use_that_is_billed_once_and_what_was_leased_for_the_other_goes_back()
    {
        await using var server = await Start();
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await Grant(server, 4);

        await ingest.Store(Uses(server, Here, 1, 7), Stop);
        await Counted(server, 1);
        // The other gate saw the same pass, then others.
        var second = Uses(server, There, 1, 7, 8, 9);
        await ingest.Store(second, Stop);
        await Eventually.Holds(async () => await Granted(server) == 3, "that one use was given back");
        // Sent again they are neither counted nor given back again.
        (await ingest.Store(second, Stop)).Value.Duplicates.ShouldBe(3u);
        await Counted(server, 4);

        (await Billed(server)).ShouldBe((3, 3));
        (await server.Database.QueryOne<long>("select count(*) from metering.event", null, Stop)).ShouldBe(4);
        (await server.Database.QueryOne<long>("select sum(quantity)::bigint from metering.rollup", null, Stop)).ShouldBe(3);
        // What each gate delivered under its lease, repeats included.
        (await Spent(server, Here)).ShouldBe(1);
        (await Spent(server, There)).ShouldBe(3);
        (await Granted(server)).ShouldBe(3);
    }

    [Fact]
    public async Task A_gate_that_forgot_a_use_and_counts_it_again_bills_it_once_also_within_one_batch()
    {
        await using var server = await Start();
        var ingest = server.Services.GetRequiredService<IngestUsage>();

        await ingest.Store(Uses(server, Here, 1, 7, 7, 9), Stop);
        await Counted(server, 3);
        await ingest.Store(Uses(server, Here, 4, 9, 10), Stop);
        await Counted(server, 5);

        (await Billed(server)).ShouldBe((3, 3));
        (await Spent(server, Here)).ShouldBe(5);
    }

    [Fact]
    public async Task What_was_set_aside_takes_no_use_away_from_an_honest_gate()
    {
        await using var server = await Start();
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        var forged = Uses(server, There, 1, 7);
        forged.Events[0] = forged.Events[0] with { Buyer = Guid.Empty };

        await ingest.Store(forged, Stop);
        await Counted(server, 1);
        (await IsCounted(server, 7)).ShouldBeFalse();
        await ingest.Store(Uses(server, Here, 1, 7), Stop);
        await Counted(server, 2);

        // Any gate hears that it may go on with it.
        (await IsCounted(server, 7)).ShouldBeTrue();
        (await IsCounted(server, -7)).ShouldBeFalse();
        (await Billed(server)).ShouldBe((1, 1));
        (await server.Database.QueryOne<long>("select count(*) from metering.event where repeated", null, Stop)).ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_use_that_was_set_aside_and_accepted_is_billed_once_with_the_honest_report_of_it(bool acceptedFirst)
    {
        await using var server = await Start();
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        var late = Uses(server, There, 1, 7, 8, 8);
        for (var i = 0; i < 3; i++)
        {
            late.Events[i] = late.Events[i] with { Buyer = Guid.Empty };
        }

        await ingest.Store(late, Stop);
        await Counted(server, 3);
        if (acceptedFirst)
        {
            await Accept(server);
        }

        await ingest.Store(Uses(server, Here, 1, 7), Stop);
        await Counted(server, 4);
        if (!acceptedFirst)
        {
            await Accept(server);
        }

        (await Billed(server)).ShouldBe((2, 2));
        (await server.Database.QueryOne<long>("select sum(quantity)::bigint from metering.rollup", null, Stop)).ShouldBe(2);
    }

    private static async Task<bool> IsCounted(TestServer server, long pass)
    {
        using var gate = server.Client(TestServer.GateSecret);
        var question = new UseQuestion(Here.Licence, new UnitId(Here.Work.Value), pass.ToString("x16", CultureInfo.InvariantCulture));
        return (await gate.PostAsJsonAsync("/gate/v1/uses", question, TallyJson.Options, Stop).Json())["counted"]!.GetValue<bool>();
    }

    private static async Task Accept(TestServer server)
    {
        using var operate = server.Client(TestServer.OperatorKey);
        var row = (await operate.GetAsync("/v1/set-aside", Stop).Json())["items"]!.AsArray().ShouldHaveSingleItem()!;
        (await operate.PostAsync($"/v1/set-aside/{row["id"]}/accept", null, Stop)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task The_same_pass_after_its_time_is_another_use_and_what_is_remembered_does_not_grow_for_ever()
    {
        await using var server = await Start();
        var ingest = server.Services.GetRequiredService<IngestUsage>();
        await ingest.Store(Uses(server, Here, 1, 7, 8), Stop);
        await Counted(server, 2);

        server.Clock.Advance(TimeSpan.FromDays(RepeatedUses.RememberedDays + 1));
        await ingest.Store(Uses(server, There, 1, 7), Stop);
        await Counted(server, 3);
        await server.Services.GetRequiredService<RepeatedUses>().Step(Stop);

        (await server.Database.QueryOne<long>("select count(*) from metering.event where repeated", null, Stop)).ShouldBe(0);
        (await server.Database.QueryOne<long>("select count(*) from metering.use", null, Stop)).ShouldBe(1);
    }

    private async Task<TestServer> Start()
    {
        var server = await TestServer.Start(postgres, new() { ["Metering:SealAfter"] = "00:00:00.1" });
        await Here.Known(server);
        await There.Known(server);
        return server;
    }

    private static Task Counted(TestServer server, long events) => Eventually.Holds(
        async () => await server.Database.QueryOne<long>("select coalesce(sum(sealed_seq), 0)::bigint from metering.emitter", null, Stop) == events,
        "that all is checked and sealed");

    private static IngestUsage.Batch Uses(TestServer server, UsageBuilder gate, long firstSeq, params long[] passes)
    {
        var batch = gate.Batch(firstSeq, passes.Length);
        for (var i = 0; i < passes.Length; i++)
        {
            batch.Events[i] = batch.Events[i] with
            {
                LicenceId = Here.Licence.Value,
                WorkId = Here.Work.Value,
                UnitId = Here.Work.Value,
                Buyer = Here.Gate.Value,
                Meter = (short)Meter.SegmentUnlocked,
                Quantity = 1,
                Pass = passes[i],
                TimeMs = server.Clock.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds(),
            };
        }

        return batch;
    }

    private static Task Grant(TestServer server, long uses) => server.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into access.credit (licence_id, meter, buyer, most, granted_total)
            values (@Licence, @Meter, @Buyer, 100, @uses)
            """,
            new { Here.Licence, Meter = (short)Meter.SegmentUnlocked, Buyer = Guid.Empty, uses }),
        Stop);

    private static Task<long> Granted(TestServer server) => server.Database.QueryOne<long>(
        "select granted_total from access.credit where licence_id = @Licence", new { Here.Licence }, Stop);

    private static Task<long> Spent(TestServer server, UsageBuilder gate) => server.Database.InTransaction(
        tx => server.Services.GetRequiredService<SpentUsage>().Total(tx, gate.Gate, 1, Here.Licence, Meter.SegmentUnlocked), Stop);

    private static async Task<(long Quantity, long Events)> Billed(TestServer server)
    {
        var run = new BillingRunId(Guid.CreateVersion7());
        var usage = server.Services.GetRequiredService<SealedUsage>();
        await server.Database.InTransaction(tx => usage.Claim(tx, run, server.Clock.GetUtcNow().AddSeconds(1)), Stop);
        var total = (await usage.Totals(run, Stop)).ShouldHaveSingleItem();
        return (total.Quantity, total.Events);
    }
}
