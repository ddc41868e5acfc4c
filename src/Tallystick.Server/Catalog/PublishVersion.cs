using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// A draft becomes the version that is delivered: hashed and never changed again. Repeating it changes nothing. Who says which
/// hash is meant publishes that or nothing: others may have been at the draft.
/// </summary>
internal sealed class PublishVersion(Database database, Outbox outbox, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions/{version}/publish", async (
            WorkId id, VersionId version, Request? meant, Caller caller, PublishVersion slice, CancellationToken stop) =>
            (await slice.Handle(id, version, meant?.Hash, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("PublishVersion").WithTags("Catalog")
            .WithSummary("Publishes a draft: it is hashed and cannot be changed any more. With a hash, only if it is the draft's.")
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private Task<Outcome<Answer>> Handle(
        WorkId work, VersionId version, string? meant, Caller caller, CancellationToken stop) =>
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
                    return meant is not null && meant != before
                        ? Differs(before)
                        : new Answer(version, draft.Number, before, draft.FileCount, draft.SizeBytes);
                }

                if (draft.FileCount == 0)
                {
                    return CatalogProblems.NothingToPublish.With("Upload files first.");
                }

                var now = clock.GetUtcNow();
                await Date(tx, work, version, now);
                var files = await Works.Files(tx, version);
                // Each was compared with the others when it came; a draft from before that was not.
                if (DraftNames.Refuse([.. files.Select(f => f.Path)]) is { } unstorable)
                {
                    return unstorable;
                }

                var hash = VersionHash.Of(work, files.Select(f => new HashedFile(f.Path, f.Sha256, f.SizeBytes, f.MediaType)));
                if (meant is not null && meant != hash)
                {
                    return Differs(hash);
                }

                await tx.Execute(
                    """
                    update catalog.version set hash = @hash, published_at = @Now where id = @version;
                    update catalog.work set published_version = @version, published_at = coalesce(published_at, @Now)
                    where id = @work;
                    delete from catalog.upload where version_id = @version
                    """,
                    new { hash, version, work, Now = now });
                await outbox.Publish(tx, new WorkPublished(work, version));
                return new Answer(version, draft.Number, hash, draft.FileCount, draft.SizeBytes);
            },
            stop);

    private static Refusal Differs(string hash) => CatalogProblems.ContentDiffers.With(
        $"What it holds has the hash {hash}.", new Dictionary<string, object?> { ["hash"] = hash });

    /// <param name="Hash">What is meant to be published, as <see cref="VersionHash"/> computes it; null for whatever is there.</param>
    internal sealed record Request(string? Hash = null);

    /// <summary>
    /// Since when each path has its content: what the version before had in its place keeps its time, anything else gets a later
    /// one, by a second at least. So the time is as good a validator as the hash (RFC 9110, 8.8.2.2), and whoever has a copy of
    /// what did not change is not sent it again.
    /// </summary>
    private static Task Date(Tx tx, WorkId work, VersionId version, DateTimeOffset now) => tx.Execute(
        """
        update catalog.file f set modified_at = case when before.sha256 = f.sha256 then before.modified_at
          else greatest(date_trunc('second', @now), before.modified_at + interval '1 second') end
        from catalog.file mine left join lateral (
          select o.sha256, date_trunc('second', coalesce(o.modified_at, v.published_at)) as modified_at
          from catalog.work w join catalog.version v on v.id = w.published_version join catalog.file o on o.version_id = v.id
          where w.id = @work and o.path_key = mine.path_key) before on true
        where f.version_id = @version and mine.version_id = f.version_id and mine.path_key = f.path_key
        """,
        new { work, version, now });

    private sealed record Draft(int Number, string? Hash, int FileCount, long SizeBytes);

    internal sealed record Answer(VersionId VersionId, int Number, string Hash, int FileCount, long SizeBytes);
}
