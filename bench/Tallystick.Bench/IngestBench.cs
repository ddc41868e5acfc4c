using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering;

namespace Tallystick.Bench;

/// <summary>
/// Usage from the bytes a gate sends to the durable acknowledgement, with 5 % of the events sent twice, into a table
/// that holds ten million already; against one binary COPY of the same rows into a table without any index.
/// </summary>
internal static class IngestBench
{
    private const int Stored = 10_000_000;
    private const int Fresh = 500_000;
    private const int BatchEvents = 5_000;
    private const int Repeated = BatchEvents / 20;
    private const int Rounds = 5;

    public static BenchSuite Suite { get; } = new(["ingest_vs_copy"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await using var bench = await BenchDatabase.Create("ingest", stop);
        var day = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        await new EventPartitions(bench.Database).Ensure(day, stop);
        await progress.WriteLineAsync($"ingest: filling the table with {Stored:N0} events");
        await Copy(bench.Source, StoredEvent.CopySql, new GateId(Guid.Empty), 1, Stored, day, stop);

        var (ours, raw) = (new List<double>(), new List<double>());
        // Round 0 is not counted: code is compiled in it, and the server still writes out what the table was filled with.
        for (var round = 0; round <= Rounds; round++)
        {
            await bench.Execute("drop table if exists raw; create table raw (like metering.event)", stop);
            var batches = Batches(new GateId(new Guid(round, 2, 0, new byte[8])));
            var ingest = new IngestUsage(
                bench.Database, new EventPartitions(bench.Database), new WakeUps(), TimeProvider.System,
                NullLogger<IngestUsage>.Instance);

            var watch = Stopwatch.StartNew();
            foreach (var (gate, body) in batches)
            {
                var outcome = await ingest.Store(IngestUsage.Parse(body, gate).Value, stop);
                Expect(outcome.Value);
            }

            var mine = Fresh / watch.Elapsed.TotalSeconds;
            watch.Restart();
            var sql = StoredEvent.CopySql.Replace("metering.event", "raw", StringComparison.Ordinal);
            await Copy(bench.Source, sql, new GateId(new Guid(round, 1, 0, new byte[8])), 1, Fresh, day, stop);
            var copied = Fresh / watch.Elapsed.TotalSeconds;
            await progress.WriteLineAsync($"ingest: round {round}: {mine:N0} events/s, raw COPY {copied:N0} rows/s");
            if (round > 0)
            {
                ours.Add(mine);
                raw.Add(copied);
            }
        }

        var ratio = ours.Zip(raw, (a, b) => a / b).Order().ElementAt(Rounds / 2);
        return
        [
            new BenchResult(
                "ingest_vs_copy", ours.Order().ElementAt(Rounds / 2), "events/s", "one raw binary COPY, no index", ratio,
                $"1 gate, batches of {BatchEvents} Protobuf events, 5 % sent twice, {Stored:N0} events stored, fsync on, median of {Rounds}"),
        ];
    }

    private static void Expect(IngestReceipt receipt)
    {
        if (receipt.AcknowledgedSeq == 0)
        {
            throw new InvalidOperationException("Nothing was acknowledged.");
        }
    }

    private static List<(GateId Gate, byte[] Body)> Batches(GateId gate)
    {
        var batches = new List<(GateId, byte[])>();
        for (var first = 1; first <= Fresh; first += BatchEvents)
        {
            // Every batch begins with the last events of the one before: acknowledged, but the answer was lost.
            var from = Math.Max(1, first - Repeated);
            var batch = new UsageBatch
            {
                Emitter = ByteString.CopyFrom(gate.Value.ToByteArray(bigEndian: true)),
                Epoch = 1,
            };
            batch.Events.AddRange(Enumerable.Range(from, first + BatchEvents - from).Select(seq => Event(seq).ToWire()));
            batches.Add((gate, batch.ToByteArray()));
        }

        return batches;
    }

    private static async Task Copy(
        NpgsqlDataSource source, string sql, GateId gate, long first, int count, DateOnly day, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await using var rows = await connection.BeginBinaryImportAsync(sql, stop);
        for (var seq = first; seq < first + count; seq++)
        {
            Event(seq).Write(rows, gate.Value, 1, day);
        }

        await rows.CompleteAsync(stop);
    }

    private static StoredEvent Event(long seq)
    {
        // 10 000 licences over 1 000 works, as a busy hour mixes them.
        var licence = (int)(seq * 7_919 % 10_000);
        return new StoredEvent(
            seq,
            new Guid(licence % 1_000, 3, 3, new byte[8]),
            new Guid((int)(seq % 64), 4, 4, new byte[8]),
            new Guid(licence, 2, 2, new byte[8]),
            new Guid(licence, 5, 5, new byte[8]),
            (short)Meter.BytesDelivered,
            1_000 + (seq % 100_000),
            1_790_000_000_000 + seq,
            (short)Evidence.GateFlushed,
            new Guid((int)seq, 7, 7, new byte[8]),
            seq / 1_000);
    }
}
