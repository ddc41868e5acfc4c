using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Metering;

/// <summary><c>Tally:Metering</c>.</summary>
internal sealed class MeteringOptions
{
    /// <summary>A seal is made when so many events wait …</summary>
    [Range(1, 65_536)]
    public int SealEvents { get; set; } = 8_192;

    /// <summary>… or when the oldest has waited so long. A receipt exists from then on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan SealAfter { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Closes a contiguous range of an epoch for ever: Merkle root over its salted events, the root into the log. A seal
/// stays within one day of arrival, so that retention can drop the day and keep the seal.
/// </summary>
internal sealed class SealUsage(
    Database database,
    LogReceipts receipts,
    Outbox outbox,
    IdSource ids,
    MeteringOptions options,
    TimeProvider clock)
{
    public const string Worker = "usage-seal";

    private readonly Dictionary<(Guid Emitter, long Epoch), long> _waitingSince = [];

    public async Task<bool> Step(CancellationToken stop)
    {
        var waiting = await database.Query<Waiting>(
            """
            select emitter, epoch, sealed_seq, acknowledged_seq from metering.emitter
            where sealed_seq < acknowledged_seq order by emitter, epoch limit 100
            """,
            null,
            stop);
        var more = false;
        foreach (var one in waiting.Where(IsDue))
        {
            await SealNext(one, stop);
            _waitingSince.Remove((one.Emitter, one.Epoch));
            more = true;
        }

        return more;
    }

    /// <summary>Enough events, or waited for long enough since this process first saw them wait.</summary>
    private bool IsDue(Waiting one)
    {
        if (one.AcknowledgedSeq - one.SealedSeq >= options.SealEvents)
        {
            return true;
        }

        var since = _waitingSince.TryAdd((one.Emitter, one.Epoch), clock.GetTimestamp())
            ? TimeSpan.Zero
            : clock.GetElapsedTime(_waitingSince[(one.Emitter, one.Epoch)]);
        return since >= options.SealAfter;
    }

    private Task SealNext(Waiting one, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var day = await tx.QueryOne<DateOnly>(
                """
                select ingest_day from metering.event
                where emitter = @Emitter and epoch = @Epoch and seq = @SealedSeq + 1
                """,
                one);
            var events = (await tx.Query<StoredEvent>(
                $"""
                select {StoredEvent.Columns} from metering.event
                where emitter = @Emitter and epoch = @Epoch and ingest_day = @Day and seq > @SealedSeq
                  and seq <= least(@AcknowledgedSeq, @SealedSeq + @SealEvents)
                order by seq
                """,
                new { one.Emitter, one.Epoch, Day = day, one.SealedSeq, one.AcknowledgedSeq, options.SealEvents }))
                .ToArray();
            var contiguous = events.Length > 0 && events[^1].Seq == one.SealedSeq + events.Length;
            if (!contiguous)
            {
                throw new InvalidOperationException(
                    $"Epoch {one.Epoch} of {one.Emitter} has a hole after {one.SealedSeq}: it cannot be sealed.");
            }

            var seal = ids.New<SealId>();
            var salt = RandomNumberGenerator.GetBytes(32);
            var tree = Tree(one.Emitter, one.Epoch, salt, events);
            var now = clock.GetUtcNow();
            var moved = await tx.Execute(
                """
                update metering.emitter set sealed_seq = @Last
                where emitter = @Emitter and epoch = @Epoch and sealed_seq = @SealedSeq
                """,
                new { one.Emitter, one.Epoch, one.SealedSeq, Last = events[^1].Seq });
            if (moved != 1)
            {
                throw new InvalidOperationException("Two sealers worked on one epoch.");
            }

            await tx.Execute(
                """
                insert into metering.seal
                  (id, emitter, epoch, ingest_day, first_seq, last_seq, root, salt, sealed_at)
                values (@Seal, @Emitter, @Epoch, @Day, @First, @Last, @Root, @Salt, @Now)
                """,
                new
                {
                    Seal = seal,
                    one.Emitter,
                    one.Epoch,
                    Day = day,
                    First = events[0].Seq,
                    Last = events[^1].Seq,
                    Root = tree.Root.ToArray(),
                    Salt = salt,
                    Now = now,
                });
            await receipts.Append(tx, ReceiptKind.UsageSealed, seal.ToString(), Opening(seal, one, events, tree, now), []);
            await outbox.Publish(tx, new UsageSealed(seal, events.Length));
            CrashPoint.Reach("seal.before_commit");
            tx.AfterCommit(() => MeteringMetrics.Sealed.Add(events.Length));
        },
        stop);

    internal static SealTree Tree(Guid emitter, long epoch, byte[] salt, ReadOnlySpan<StoredEvent> events)
    {
        var leaves = new MerkleHash[events.Length];
        for (var i = 0; i < leaves.Length; i++)
        {
            leaves[i] = SealTree.Leaf(
                EventSalt(salt, emitter, epoch, events[i].Seq),
                CanonicalJson.Bytes(EventDocument.Of(emitter, epoch, events[i])));
        }

        return new SealTree(leaves);
    }

    internal static byte[] EventSalt(byte[] sealSalt, Guid emitter, long epoch, long seq) =>
        SealTree.Salt(sealSalt, Encoding.UTF8.GetBytes(EventDocument.Identity(emitter, epoch, seq)));

    private static JsonObject Opening(
        SealId seal, Waiting one, StoredEvent[] events, SealTree tree, DateTimeOffset now) => new()
        {
            ["seal_id"] = seal.ToString(),
            ["emitter"] = new GateId(one.Emitter).ToString(),
            ["epoch"] = one.Epoch,
            ["first_seq"] = events[0].Seq,
            ["last_seq"] = events[^1].Seq,
            [UsageReceipt.CountMember] = events.Length,
            [UsageReceipt.RootMember] = tree.Root.ToString(),
            ["sealed_at"] = now.ToUnixTimeSeconds(),
        };

    private sealed record Waiting(Guid Emitter, long Epoch, long SealedSeq, long AcknowledgedSeq);
}
