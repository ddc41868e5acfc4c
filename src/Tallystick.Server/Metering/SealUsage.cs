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
    /// <summary>Seals the next events of an epoch, as far as they were looked at and rolled up.</summary>
    public Task Next(WaitingEpoch one, CancellationToken stop) => database.InTransaction(
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
                  and seq <= least(@RolledSeq, @SealedSeq + @SealEvents)
                order by seq
                """,
                new { one.Emitter, one.Epoch, Day = day, one.SealedSeq, one.RolledSeq, options.SealEvents }))
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
        SealId seal, WaitingEpoch one, StoredEvent[] events, SealTree tree, DateTimeOffset now) => new()
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
}
