using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// Receipts of one request: each event, its place in its seal, and the seal's place in the log. Made anew from the
/// stored rows each time, so that handing one out also checks that the rows still lead to the sealed root.
/// </summary>
internal sealed class UsageReceipts(Database database, LogReceipts receipts, MeteringOptions options)
{
    private const int EventsMost = 1_000;

    /// <param name="Receipts">Files for <c>tally verify</c>, one an event.</param>
    internal sealed record Page(IReadOnlyList<JsonObject> Receipts);

    public static async Task<IResult> Handle(
        RequestId request, Caller caller, UsageReceipts usage, CancellationToken stop) =>
        (await usage.Find(request, caller, stop)).ToHttp(Results.Ok);

    public async Task<Outcome<Page>> Find(RequestId request, Caller caller, CancellationToken stop)
    {
        var events = await database.Query<Located>(
            """
            select e.emitter, e.epoch, e.seq, s.id as seal
            from metering.event e
            join metering.licence l on l.licence_id = e.licence_id
            left join metering.seal s on s.emitter = e.emitter and s.epoch = e.epoch
              and e.seq between s.first_seq and s.last_seq
            where e.request_id = @Request and (l.buyer = @Organisation or l.creator = @Organisation or @Operator)
            order by e.emitter, e.epoch, e.seq limit @EventsMost
            """,
            new { Request = request, caller.Organisation, Operator = caller.IsOperator, EventsMost },
            stop);
        if (events.Count == 0)
        {
            return Problems.NotFound.With("No usage of this request is known to you.");
        }

        var files = new List<JsonObject>();
        foreach (var seal in events.GroupBy(e => e.Seal))
        {
            var published = seal.Key is { } id ? await receipts.Find(ReceiptKind.UsageSealed, id.ToString(), stop) : null;
            if (published is not FoundReceipt.Published log)
            {
                return NotSealedYet();
            }

            files.AddRange(await Prove(seal.Key!.Value, seal.Select(e => e.Seq).ToHashSet(), log.Receipt, stop));
        }

        return new Page(files);
    }

    private async Task<IEnumerable<JsonObject>> Prove(
        SealId id, HashSet<long> wanted, LogReceipt log, CancellationToken stop)
    {
        var seal = await database.QueryOne<Seal>(
            "select emitter, epoch, ingest_day, first_seq, last_seq, root, salt from metering.seal where id = @Id",
            new { Id = id },
            stop);
        var events = (await database.Query<StoredEvent>(
            $"""
            select {StoredEvent.Columns} from metering.event
            where emitter = @Emitter and epoch = @Epoch and ingest_day = @IngestDay
              and seq between @FirstSeq and @LastSeq order by seq
            """,
            seal,
            stop)).ToArray();
        var tree = SealUsage.Tree(seal!.Emitter, seal.Epoch, seal.Salt, events);
        if (!tree.Root.ToArray().AsSpan().SequenceEqual(seal.Root))
        {
            throw new InvalidOperationException($"The rows of {id} no longer lead to the root that was sealed.");
        }

        return events.Index().Where(e => wanted.Contains(e.Item.Seq)).Select(e => new UsageReceipt(
            EventDocument.Of(seal.Emitter, seal.Epoch, e.Item),
            SealUsage.EventSalt(seal.Salt, seal.Emitter, seal.Epoch, e.Item.Seq),
            tree.Prove(e.Index),
            log).ToJson());
    }

    private Refusal NotSealedYet() => MeteringProblems.NotSealedYet.With(
        "The usage is counted; its seal is not in the log yet.",
        new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = Math.Max(1, (long)options.SealAfter.TotalSeconds) });

    private sealed record Located(Guid Emitter, long Epoch, long Seq, SealId? Seal);

    private sealed record Seal(
        Guid Emitter, long Epoch, DateOnly IngestDay, long FirstSeq, long LastSeq, byte[] Root, byte[] Salt);
}
