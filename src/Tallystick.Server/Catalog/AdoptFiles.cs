using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Files whose content the organisation has uploaded before, for this or another work, come into a draft without being sent again.
/// Only what one of its own files names is found: the hash of another's content is answered like one that nobody has, so that
/// nobody learns by asking what others store, or gets it by naming it.
/// </summary>
internal sealed class AdoptFiles(Database database, Blobs blobs, DraftFiles drafts, CatalogOptions options)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions/{version}/adopt", async (
            WorkId id, VersionId version, FileBatch batch, Caller caller, AdoptFiles slice, CancellationToken stop) =>
            (await slice.Handle(new(id, version, caller.Organisation), batch, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .TakesBody(FileBatch.DescriptionBytesMost)
            .WithName("AdoptFiles").WithTags("Catalog")
            .WithSummary("Puts files into a draft whose content you have uploaded before; says which are missing and must be sent.")
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413);

    private async Task<Outcome<Answer>> Handle(DraftAddress address, FileBatch batch, CancellationToken stop)
    {
        if (batch.Refuse(options.FileBytesMost) is { } invalid)
        {
            return invalid;
        }

        return await database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                // Before the look: what is found stays until this transaction has named it.
                await Blobs.Hold(tx, [.. batch.Files.Select(f => f.Sha256)]);
                var own = await Own(tx, address.Organisation, batch.Files);
                var found = batch.Files.Where(f => own.Contains((f.Sha256, f.SizeBytes)) && blobs.Has(f.Sha256, f.SizeBytes)).ToList();
                if (found.Count == 0)
                {
                    // Also who adopts nothing hears what is wrong with the draft.
                    return await drafts.Refuse(tx, address, [.. batch.Files.Select(f => f.ToDraft())]) is { } nothing
                        ? nothing
                        : new Answer(0, [.. batch.Files.Select(f => f.Path)]);
                }

                var saved = await drafts.Save(tx, address, [.. found.Select(f => f.ToDraft())]);
                return saved.Succeeded(out _, out var refusal)
                    ? new Answer(found.Count, [.. batch.Files.Except(found).Select(f => f.Path)])
                    : refusal;
            },
            stop);
    }

    private static async Task<HashSet<(string, long)>> Own(Tx tx, OrganisationId organisation, IReadOnlyList<DescribedFile> files) =>
    [
        .. (await tx.Query<OwnBlob>(
            """
            select n.sha256, n.size_bytes from unnest(@Hashes, @Sizes) n (sha256, size_bytes)
            where exists (
              select 1 from catalog.file f join catalog.version v on v.id = f.version_id join catalog.work w on w.id = v.work_id
              where f.sha256 = n.sha256 and f.size_bytes = n.size_bytes and w.creator = @organisation)
            """,
            new { organisation, Hashes = files.Select(f => f.Sha256).ToArray(), Sizes = files.Select(f => f.SizeBytes).ToArray() }))
            .Select(b => (b.Sha256, b.SizeBytes)),
    ];

    private sealed record OwnBlob(string Sha256, long SizeBytes);

    /// <param name="Adopted">Files that are in the draft now.</param>
    /// <param name="Missing">Paths of files whose content must be sent.</param>
    internal sealed record Answer(int Adopted, IReadOnlyList<string> Missing);
}
