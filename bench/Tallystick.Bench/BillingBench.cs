using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Metering;
using Tallystick.Server.Royalties;

namespace Tallystick.Bench;

/// <summary>
/// One billing run over a million sealed events: 10 000 licences of 500 buyers on 1 000 works with five payees each, from
/// the raw events to charges, shares, postings, statements in the log and queued payouts.
/// </summary>
internal static class BillingBench
{
    private const int Events = 1_000_000;
    private const int Licences = 10_000;
    private const int Works = 1_000;
    private const int Buyers = 500;
    private const int SealEvents = 8_000;
    private const long PrepaidCents = 100_000_000;

    public static BenchSuite Suite { get; } = new(["billing_1m_s"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await using var bench = await BenchDatabase.Create("billing", stop);
        using var folder = new TemporaryFolder();
        await using var app = Build(bench, folder.Path);
        await progress.WriteLineAsync($"billing: writing {Events:N0} sealed events");
        await Fill(bench, stop);
        await Prepay(app.Services, stop);

        var now = TimeProvider.System.GetUtcNow();
        var watch = Stopwatch.StartNew();
        var opened = await app.Services.GetRequiredService<BillingRuns>().Open(now, stop);
        var run = opened.Value.BillingRunId;
        var billing = app.Services.GetRequiredService<RunBilling>();
        for (var (state, began) = ("open", TimeSpan.Zero); state != "closed";)
        {
            await billing.Step(stop);
            var next = await bench.Database.QueryOne<string>("select state from royalties.run where id = @run", new { run }, stop);
            if (next != state)
            {
                await progress.WriteLineAsync($"billing: {state} took {(watch.Elapsed - began).TotalSeconds:0.0} s");
                (state, began) = (next!, watch.Elapsed);
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await Check(bench, run, stop);
        return
        [
            new BenchResult(
                "billing_1m_s", seconds, "s", null, null,
                $"{Events:N0} raw events, {Licences:N0} licences, {Works:N0} works, 5 payees each, {Buyers} buyers; charges, postings, statements, payouts queued; fsync on"),
        ];
    }

    /// <summary>The modules of the server without their workers: the run is driven from here.</summary>
    private static WebApplication Build(BenchDatabase bench, string folder) => ServerApp.Build([], builder =>
    {
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Tally:Server:Database"] = bench.ConnectionString,
            ["Tally:Server:PublicUrl"] = "http://127.0.0.1",
            ["Tally:Server:GateUrl"] = "http://127.0.0.1",
            ["Tally:Server:DataFolder"] = folder,
            ["Tally:Payments:StripeUrl"] = "http://127.0.0.1:9",
            ["Tally:Payments:StripeSecretKey"] = "sk_test_bench",
            ["Tally:Payments:StripeWebhookSecret"] = "whsec_bench",
        });
    });

    private static async Task Fill(BenchDatabase bench, CancellationToken stop)
    {
        var day = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        await new EventPartitions(bench.Database).Ensure(day, stop);
        await using (var connection = await bench.Source.OpenConnectionAsync(stop))
        await using (var rows = await connection.BeginBinaryImportAsync(StoredEvent.CopySql, stop))
        {
            for (var seq = 1L; seq <= Events; seq++)
            {
                var licence = (int)(seq * 7_919 % Licences);
                new StoredEvent(
                    seq, Id(3, licence % Works), Id(4, (int)(seq % 64)), Id(2, licence), Id(5, licence),
                    (short)Meter.BytesDelivered, 1_000 + (seq % 1_000_000), 1_790_000_000_000 + seq,
                    (short)Evidence.GateFlushed, Id(7, (int)seq), 1).Write(rows, Guid.Empty, 1, day);
            }

            await rows.CompleteAsync(stop);
        }

        await bench.Execute(
            $"""
            insert into metering.seal (id, emitter, epoch, ingest_day, first_seq, last_seq, root, salt, sealed_at)
            select gen_random_uuid(), '{Guid.Empty}', 1, '{day:yyyy-MM-dd}', s, least(s + {SealEvents - 1}, {Events}),
              '\x00', '\x00', now() - interval '1 hour'
            from generate_series(1, {Events}, {SealEvents}) s;
            insert into royalties.licence
              (licence_id, offer_id, work_id, title, buyer, creator, pseudonym, meter, price_minor, currency, per)
            select {Sql(2, "l")}, {Sql(1, $"l % {Works}")}, {Sql(3, $"l % {Works}")}, 'Work', {Sql(6, $"l % {Buyers}")},
              {Sql(8, $"l % {Works}")}, {Sql(5, "l")}, {(int)Meter.BytesDelivered}, 5, 'USD', 1000000
            from generate_series(0, {Licences - 1}) l;
            analyze;
            """,
            stop);
        await bench.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into royalties.rule (work_id, version, effective_from, body, created_by, created_at)
                select work, 1, '2020-01-01', body::jsonb, work, now() from unnest(@Works, @Rules) r (work, body)
                """,
                new
                {
                    Works = Enumerable.Range(0, Works).Select(w => Id(3, w)).ToArray(),
                    Rules = Enumerable.Range(0, Works).Select(w => TallyJson.ToNode(Rule(w)).ToJsonString()).ToArray(),
                }),
            stop);
    }

    private static RoyaltyRule Rule(int work)
    {
        int[] parts = [4_000, 2_500, 1_500, 1_200, 800];
        return new RoyaltyRule(
            [.. parts.Select((part, k) => new SplitPart(part, new OrganisationId(Id(8, (work + k) % Works))))]);
    }

    private static async Task Prepay(IServiceProvider services, CancellationToken stop)
    {
        var books = services.GetRequiredService<Books>();
        await services.GetRequiredService<Database>().InTransaction(
            tx => books.PostAll(tx, [.. Enumerable.Range(0, Buyers).Select(b => new JournalEntry(
                "bench.prepaid",
                $"bench/{b}",
                TimeProvider.System.GetUtcNow(),
                [
                    LedgerAccount.Of(AccountKind.Bank, Currency.Usd).Debit(PrepaidCents),
                    LedgerAccount.Of(AccountKind.BuyerPrepaid, new OrganisationId(Id(6, b)), Currency.Usd).Credit(PrepaidCents),
                ]))]),
            stop);
    }

    private static async Task Check(BenchDatabase bench, BillingRunId run, CancellationToken stop)
    {
        var charges = await bench.Database.QueryOne<long>(
            "select count(*) from royalties.charge where run_id = @run and fee > 0", new { run }, stop);
        var shares = await bench.Database.QueryOne<long>(
            "select count(*) from royalties.share s join royalties.charge c on c.id = s.charge_id where c.run_id = @run", new { run }, stop);
        if (charges != Licences || shares != Licences * 5L)
        {
            throw new InvalidOperationException($"{charges} charges and {shares} shares are not what was used.");
        }
    }

    private static Guid Id(int kind, int number) => new(number, (short)kind, 0, new byte[8]);

    /// <summary>The same id in SQL.</summary>
    private static string Sql(int kind, string number) =>
        $"(lpad(to_hex({number}), 8, '0') || lpad('{kind:x}', 4, '0') || repeat('0', 20))::uuid";
}
