using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

public sealed class SealTests(Postgres postgres)
{
    private static readonly Dictionary<string, string?> SealAtOnce = new() { ["Metering:SealAfter"] = "00:00:00.1" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_event_is_sealed_once_and_its_receipt_verifies_offline()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(21);
        await usage.Known(server, Buyer);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 300), Stop);
        await AllSealed(server, 300);

        var request = usage.Batch(137, 1).Events[0].RequestId;
        var caller = new Caller(Buyer, null, new HashSet<string>(), new HashSet<string>());
        var receipts = server.Services.GetRequiredService<UsageReceipts>();
        await Eventually.Holds(async () => (await receipts.Find(new RequestId(request), caller, Stop)).Refusal is null);
        var page = await receipts.Find(new RequestId(request), caller, Stop);

        using var client = server.Client();
        VerifierKey.TryParse((await client.GetStringAsync("/log/key", Stop)).Trim(), out var key).ShouldBeTrue();
        var file = page.Value.Receipts.ShouldHaveSingleItem().ToJsonString();
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(file), key!).ShouldBeOfType<ReceiptVerdict.Valid>();
        var forged = file.Replace("\"quantity\":1004", "\"quantity\":1005", StringComparison.Ordinal);
        forged.ShouldNotBe(file);
        ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(forged), key!).ShouldBeOfType<ReceiptVerdict.Invalid>();
    }

    [Fact]
    public async Task A_request_of_somebody_else_is_not_shown()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(22);
        await usage.Known(server, Buyer);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 1), Stop);
        var stranger = new Caller(new OrganisationId(new Guid(9, 9, 9, new byte[8])), null, new HashSet<string>(), new HashSet<string>());

        var found = await server.Services.GetRequiredService<UsageReceipts>()
            .Find(new RequestId(usage.Batch(1, 1).Events[0].RequestId), stranger, Stop);

        found.Refusal!.Type.Slug.ShouldBe("not-found");
    }

    [Fact]
    public async Task A_billing_run_claims_each_seal_once_and_totals_come_from_the_events()
    {
        await using var server = await TestServer.Start(postgres, SealAtOnce);
        var usage = new UsageBuilder(23);
        await usage.Known(server);
        await server.Services.GetRequiredService<IngestUsage>().Store(usage.Batch(1, 1_000), Stop);
        await AllSealed(server, 1_000);
        var sealedUsage = server.Services.GetRequiredService<SealedUsage>();
        var (first, second) = (new BillingRunId(new Guid(1, 0, 0, new byte[8])), new BillingRunId(new Guid(2, 0, 0, new byte[8])));
        var cut = server.Clock.GetUtcNow().AddSeconds(1);

        var claimed = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, first, cut), Stop);
        var again = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, first, cut), Stop);
        var other = await server.Database.InTransaction(tx => sealedUsage.Claim(tx, second, cut), Stop);

        claimed.ShouldBeGreaterThan(0);
        again.ShouldBe(claimed);
        other.ShouldBe(0);
        var total = (await sealedUsage.Totals(first, Stop)).ShouldHaveSingleItem();
        total.Quantity.ShouldBe(UsageBuilder.Total(1_000));
        total.Events.ShouldBe(1_000);
        (await sealedUsage.Totals(second, Stop)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Totals_have_one_row_for_a_licence_a_meter_and_a_slice_whatever_the_events_say()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(24);
        await usage.Known(server, Buyer);
        var run = new BillingRunId(Guid.CreateVersion7());
        var other = Guid.CreateVersion7();
        await Sealed(server, usage, run, (usage.Work.Value, 1_000, 10), (other, 1_500, 20), (usage.Work.Value, 2_000, 40));
        DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
        var totals = server.Services.GetRequiredService<SealedUsage>();

        var whole = await totals.Totals(run, Stop);
        var split = await totals.Totals(
            run, [new(usage.Work, At(0).AddTicks(1), At(1_500).AddTicks(-1), 1), new(usage.Work, At(2_000), DateTimeOffset.MaxValue, 2)], Stop);

        whole.Select(t => (t.WorkId, t.Quantity, t.Events, t.Slice)).ShouldBe([(usage.Work, 70, 3, 0)]);
        split.Select(t => (t.WorkId, t.Quantity, t.Slice)).ShouldBe([(usage.Work, 20, 0), (usage.Work, 10, 1), (usage.Work, 40, 2)]);
        split.ShouldAllBe(t => t.Seals.Length == 1);
    }

    [Fact]
    public async Task Quantities_that_sum_beyond_64_bits_stop_no_run()
    {
        await using var server = await TestServer.Start(postgres);
        var usage = new UsageBuilder(25);
        var run = new BillingRunId(Guid.CreateVersion7());
        await Sealed(
            server, usage, run, (usage.Work.Value, 1, long.MaxValue), (usage.Work.Value, 2, long.MaxValue), (usage.Work.Value, 3, 1));

        var total = (await server.Services.GetRequiredService<SealedUsage>().Totals(run, Stop)).ShouldHaveSingleItem();

        (total.Quantity, total.Events).ShouldBe((long.MaxValue, 3));
    }

    // One seal of a run over events as they stand in the table, past every check at the door.
    private static Task Sealed(
        TestServer server, UsageBuilder usage, BillingRunId run, params (Guid Work, long Ms, long Quantity)[] events) =>
        server.Database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    "create table metering.event_of_test partition of metering.event for values from ('2031-01-01') to ('2031-01-02')");
                await tx.Execute(
                    """
                    insert into metering.event
                    select @Gate, 1, n, '2031-01-01', w, w, @Licence, @Licence, 1, q, ms, 1, gen_random_uuid(), 0
                    from unnest(@Works, @Times, @Quantities) with ordinality u (w, ms, q, n)
                    """,
                    new
                    {
                        usage.Gate,
                        usage.Licence,
                        Works = events.Select(e => e.Work).ToArray(),
                        Times = events.Select(e => e.Ms).ToArray(),
                        Quantities = events.Select(e => e.Quantity).ToArray(),
                    });
                await tx.Execute(
                    """
                    insert into metering.seal (id, emitter, epoch, ingest_day, first_seq, last_seq, root, salt, sealed_at, billing_run)
                    values (gen_random_uuid(), @Gate, 1, '2031-01-01', 1, @Last, '', '', now(), @run)
                    """,
                    new { usage.Gate, Last = events.Length, run });
            },
            Stop);

    private static OrganisationId Buyer { get; } = new(new Guid(7, 7, 7, new byte[8]));

    private static Task AllSealed(TestServer server, long last) => Eventually.Holds(
        async () => await server.Database.QueryOne<long>(
            "select coalesce(min(sealed_seq), 0) from metering.emitter", null, Stop) == last,
        "everything is sealed");
}
