using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Transparency;

/// <summary>Reads a receipt and proves it from the served tiles: what we hand out is what anyone could check.</summary>
internal sealed class FindReceipt(Database database, LogFolder folder)
{
    private const string Sql =
        """
        select r.id, r.kind, r.owners, o.salt, o.opening, e.log_index
        from transparency.receipt r
        left join transparency.opening o on o.receipt_id = r.id
        left join transparency.entry e on e.receipt_id = r.id
        """;

    public async Task<FoundReceipt> ById(ReceiptId id, CancellationToken stop) =>
        Prove(await database.QueryOne<Row>(Sql + " where r.id = @id", new { id }, stop));

    public async Task<FoundReceipt> BySubject(ReceiptKind kind, string subjectKey, CancellationToken stop) =>
        Prove(await database.QueryOne<Row>(
            Sql + " where r.kind = @kind and r.subject_key = @subjectKey",
            new { kind = kind.Name(), subjectKey },
            stop));

    /// <summary>Where receipts of one kind stand in the log, by what they are about; one that the served log does not hold yet is left out.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Places(
        ReceiptKind kind, IReadOnlyCollection<string> subjectKeys, CancellationToken stop)
    {
        if (subjectKeys.Count == 0 || folder.ServedCheckpoint() is not { } note)
        {
            return new Dictionary<string, long>();
        }

        return (await database.Query<(string Subject, long Index)>(
            """
            select r.subject_key, e.log_index from transparency.receipt r join transparency.entry e on e.receipt_id = r.id
            where r.kind = @kind and r.subject_key = any(@Subjects) and e.log_index < @Size
            """,
            new { kind = kind.Name(), Subjects = subjectKeys.ToArray(), Size = SizeOf(note) },
            stop)).ToDictionary(r => r.Subject, r => r.Index, StringComparer.Ordinal);
    }

    private FoundReceipt Prove(Row? row)
    {
        if (row is null || !ReceiptKinds.TryParse(row.Kind, out var kind))
        {
            return new FoundReceipt.Unknown();
        }

        var owners = Array.ConvertAll(row.Owners, OrganisationId.From);
        if (row.Opening is null)
        {
            return new FoundReceipt.Erased(row.Id, kind, owners);
        }

        var note = folder.ServedCheckpoint();
        if (note is null || row.LogIndex is not { } index || SizeOf(note) is var size && index >= size)
        {
            return new FoundReceipt.Pending(row.Id, kind, owners);
        }

        var proof = new TlogProof(index, MerkleTree.InclusionProof(index, size, ReaderAt(size)), note);
        return new FoundReceipt.Published(
            row.Id, owners, new LogReceipt(kind, JsonNode.Parse(row.Opening)!.AsObject(), row.Salt!, proof));
    }

    private static long SizeOf(string note) =>
        SignedNote.TryParse(note, out var signed) && Checkpoint.TryParse(signed.Text, out var checkpoint)
            ? checkpoint.Size
            : throw new InvalidDataException("The served checkpoint cannot be read.");

    private Func<MerkleNode, MerkleHash> ReaderAt(long size)
    {
        // One proof reads the same few tiles again and again.
        var tiles = new Dictionary<TileAddress, byte[]>();
        return node =>
        {
            var address = TileLayout.TileOf(node, size);
            if (!tiles.TryGetValue(address, out var bytes))
            {
                bytes = folder.ReadHashes(address) ?? throw new InvalidDataException(
                    $"{address.Path} is missing although the checkpoint covers it; a restart rebuilds it.");
                tiles.Add(address, bytes);
            }

            return TileLayout.HashIn(node, bytes);
        };
    }

    private sealed record Row(
        ReceiptId Id, string Kind, Guid[] Owners, byte[]? Salt, string? Opening, long? LogIndex);
}
