using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A draft becomes the version that is delivered: hashed and never changed again. Repeating it changes nothing.</summary>
internal sealed class PublishVersion(Database database, Outbox outbox, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions/{version}/publish", async (
            WorkId id, VersionId version, Caller caller, PublishVersion slice, CancellationToken stop) =>
            (await slice.Handle(id, version, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("PublishVersion").WithTags("Catalog")
            .WithSummary("Publishes a draft: it is hashed and cannot be changed any more.")
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private Task<Outcome<Answer>> Handle(WorkId work, VersionId version, Caller caller, CancellationToken stop) =>
        database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                var draft = await tx.QueryOne<Draft>(
                    """
                    select v.number, v.hash, v.file_count, v.size_bytes from catalog.work w
                    join catalog.version v on v.work_id = w.id
                    where w.id = @work and v.id = @version and w.creator = @Organisation for update
                    """,
                    new { work, version, caller.Organisation });
                if (draft is null)
                {
                    return Problems.NotFound.With("No such version of such a work.");
                }

                if (draft.Hash is { } before)
                {
                    return new Answer(version, draft.Number, before, draft.FileCount, draft.SizeBytes);
                }

                if (draft.FileCount == 0)
                {
                    return CatalogProblems.NothingToPublish.With("Upload files first.");
                }

                var files = await Works.Files(tx, version);
                var hash = VersionHash.Of(work, files.Select(f => new HashedFile(f.Path, f.Sha256, f.SizeBytes, f.MediaType)));
                await tx.Execute(
                    """
                    update catalog.version set hash = @hash, published_at = @Now where id = @version;
                    update catalog.work set published_version = @version, published_at = coalesce(published_at, @Now)
                    where id = @work
                    """,
                    new { hash, version, work, Now = clock.GetUtcNow() });
                await outbox.Publish(tx, new WorkPublished(work, version));
                return new Answer(version, draft.Number, hash, draft.FileCount, draft.SizeBytes);
            },
            stop);

    private sealed record Draft(int Number, string? Hash, int FileCount, long SizeBytes);

    internal sealed record Answer(VersionId VersionId, int Number, string Hash, int FileCount, long SizeBytes);
}
