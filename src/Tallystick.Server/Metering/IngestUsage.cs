using Google.Protobuf;
using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage.Wire;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// Takes a gate's events, exactly once. Identity is (emitter, epoch, seq) and the numbers are contiguous, so the newest
/// acknowledged number decides what is new: no look-up per event, and no window after which a duplicate would count.
/// Only who speaks for the epoch is heard. 1. Lock the epoch's row: one batch of an epoch at a time. 2. A gap is refused, with the
/// number to go on from. 3. What was acknowledged before is compared with what is stored; another content is reported and refused,
/// with its number. Nothing new is taken under an epoch that ended. 4. What is new is copied in. 5. The number moves on, and only
/// a committed number is acknowledged.
/// Whether an event counts is not decided here: see <see cref="CheckUsage"/>.
/// </summary>
internal sealed partial class IngestUsage(
    Database database, EventPartitions partitions, WakeUps wakeUps, TimeProvider clock, ILogger<IngestUsage> log)
{
    public const int EventsMost = 10_000;

    // Larger numbers cannot be signed in a seal, and none was ever issued.
    private const ulong EpochMost = 1UL << 53;

    /// <summary>More than <see cref="EventsMost"/> events are long.</summary>
    public const int BodyBytesMost = 4 * 1024 * 1024;

    /// <summary>What a sender does whose batch is too large: ends with one event, which always fits.</summary>
    public const string TooLargeAdvice = "Send the batch in two halves; a single event always fits.";

    public static async Task<IResult> Handle(
        HttpRequest request, GateCaller gate, IngestUsage ingest, UsageGrants grants,
        [FromHeader(Name = EpochTokenHeader.Name)] string? token, CancellationToken stop)
    {
        if (request.ContentType != "application/x-protobuf")
        {
            return Problems.UnsupportedMediaType.With("Send application/x-protobuf.").ToHttp();
        }

        // As large as the route takes and no larger: the host sees to it, with a length stated or without.
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, stop);
        if (!Parse(body.ToArray(), gate.Gate).Succeeded(out var batch, out var refusal) ||
            (refusal = await ingest.Listen(grants, batch, token, stop)) is not null)
        {
            return refusal.ToHttp();
        }

        var outcome = await ingest.Store(batch, stop);
        return outcome.ToHttp(receipt => Results.Bytes(receipt.ToByteArray(), "application/x-protobuf"));
    }

    private Task<Refusal?> Listen(UsageGrants grants, Batch batch, string? token, CancellationToken stop) =>
        database.InTransaction(tx => grants.Speaking(tx, batch.Emitter, batch.Epoch, token), stop);

    public async Task<Outcome<IngestReceipt>> Store(Batch batch, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var outcome = await partitions.Within(
            day, () => database.InTransaction(tx => StoreIn(tx, batch, day, now), stop), stop);
        if (outcome.Refusal?.Type == MeteringProblems.IdentityConflict)
        {
            LogConflict(batch.Emitter, batch.Epoch);
        }

        return outcome;
    }

    private async Task<Outcome<IngestReceipt>> StoreIn(Tx tx, Batch batch, DateOnly day, DateTimeOffset now)
    {
        // 1
        var epoch = await Locked(tx, batch);
        if (epoch is null)
        {
            await tx.Execute(
                "insert into metering.emitter (emitter, epoch) values (@Emitter, @Epoch) on conflict do nothing",
                new { batch.Emitter, batch.Epoch });
            epoch = await Locked(tx, batch);
        }

        var events = batch.Events;
        var known = epoch!.AcknowledgedSeq;
        // 2
        if (events[0].Seq > known + 1)
        {
            return MeteringProblems.SequenceGap.With(
                $"The batch starts at {events[0].Seq}; {known + 1} is expected.",
                new Dictionary<string, object?> { ["acknowledged_seq"] = known });
        }

        // 3
        var duplicates = (int)Math.Clamp(known - events[0].Seq + 1, 0, events.Length);
        if (duplicates > 0 && await Conflicts(tx, batch, duplicates, now) is { } conflict)
        {
            return conflict;
        }

        var last = Math.Max(known, events[^1].Seq);
        if (duplicates < events.Length)
        {
            if (epoch.Closed)
            {
                return MeteringProblems.EpochEnded.With(
                    $"Epoch {batch.Epoch} ended at {known}.", new Dictionary<string, object?> { ["acknowledged_seq"] = known });
            }

            // 4
            await using (var rows = await tx.Connection.BeginBinaryImportAsync(StoredEvent.CopySql))
            {
                foreach (var one in events.AsSpan(duplicates))
                {
                    one.Write(rows, batch.Emitter.Value, batch.Epoch, day);
                }

                await rows.CompleteAsync();
            }

            // 5
            await tx.Execute(
                "update metering.emitter set acknowledged_seq = @Last where emitter = @Emitter and epoch = @Epoch",
                new { batch.Emitter, batch.Epoch, Last = last });
            CrashPoint.Reach("ingest.before_commit");
            tx.AfterCommit(() => wakeUps.Wake(RollUpUsage.Worker));
            tx.AfterCommit(() => MeteringMetrics.Ingested.Add(events.Length - duplicates));
        }

        tx.AfterCommit(() => MeteringMetrics.Duplicates.Add(duplicates));
        return new IngestReceipt
        {
            AcknowledgedSeq = (ulong)last,
            Accepted = (uint)(events.Length - duplicates),
            Duplicates = (uint)duplicates,
        };
    }

    private static Task<Epoch?> Locked(Tx tx, Batch batch) => tx.QueryOne<Epoch>(
        "select acknowledged_seq, closed from metering.emitter where emitter = @Emitter and epoch = @Epoch for update",
        new { batch.Emitter, batch.Epoch });

    private static async Task<Refusal?> Conflicts(Tx tx, Batch batch, int duplicates, DateTimeOffset now)
    {
        var stored = await tx.Query<StoredEvent>(
            $"""
            select {StoredEvent.Columns} from metering.event
            where emitter = @Emitter and epoch = @Epoch and seq between @First and @Last order by seq
            """,
            new { batch.Emitter, batch.Epoch, First = batch.Events[0].Seq, Last = batch.Events[duplicates - 1].Seq });
        for (var i = 0; i < duplicates; i++)
        {
            // Days beyond retention are gone: what was acknowledged then is still a duplicate now.
            if (stored.Count == duplicates && stored[i] != batch.Events[i])
            {
                await tx.Execute(
                    """
                    insert into metering.conflict (emitter, epoch, seq, stored, offered, at)
                    values (@Emitter, @Epoch, @Seq, @Stored, @Offered, @Now) on conflict do nothing
                    """,
                    new
                    {
                        batch.Emitter,
                        batch.Epoch,
                        batch.Events[i].Seq,
                        Stored = stored[i].ToWire().ToByteArray(),
                        Offered = batch.Events[i].ToWire().ToByteArray(),
                        Now = now,
                    });
                tx.AfterCommit(() => MeteringMetrics.Conflicts.Add(1));
                return MeteringProblems.IdentityConflict.With(
                    $"Sequence {batch.Events[i].Seq} is stored with another content.",
                    new Dictionary<string, object?> { ["seq"] = batch.Events[i].Seq });
            }
        }

        return null;
    }

    internal static Outcome<Batch> Parse(byte[] body, GateId gate)
    {
        UsageBatch wire;
        try
        {
            wire = UsageBatch.Parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException)
        {
            return Problems.Invalid("body", "This is not a tallystick.usage.v1.UsageBatch.");
        }

        if (wire.Emitter.Length != 16 || new GateId(new Guid(wire.Emitter.Span, bigEndian: true)) != gate)
        {
            return Problems.Forbidden.With("A gate reports its own usage only.");
        }

        if (wire.Events.Count is 0 or > EventsMost || wire.Epoch is 0 or > EpochMost || wire.Events[0].Seq == 0)
        {
            return Problems.Invalid("events", $"From 1 to {EventsMost} events of one epoch, numbered from 1, are expected.");
        }

        var events = new StoredEvent[wire.Events.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = StoredEvent.Read(wire.Events[i]);
            if (i > 0 && events[i].Seq != events[i - 1].Seq + 1)
            {
                return Problems.Invalid($"events[{i}]", "sequence numbers of a batch must be contiguous");
            }
        }

        return new Batch(gate, (long)wire.Epoch, events);
    }

    [LoggerMessage(2003, LogLevel.Error, "Emitter {Emitter} epoch {Epoch} sent an event again with another content.")]
    private partial void LogConflict(GateId emitter, long epoch);

    private sealed record Epoch(long AcknowledgedSeq, bool Closed);

    internal sealed record Batch(GateId Emitter, long Epoch, StoredEvent[] Events);
}
