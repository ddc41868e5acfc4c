using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// A new draft, empty. A work has one draft at a time, which belongs to whoever began it: the same key finds it again after an
/// interruption, and another run is told of it and does not mix its files in.
/// </summary>
internal sealed class CreateVersion(Database database, IdSource ids)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions", async (
            WorkId id, Caller caller, CreateVersion slice, HttpRequest request, CancellationToken stop) =>
            (await slice.Handle(id, caller, request, stop)).ToHttp(
                made => Results.Created($"/v1/works/{id}/versions/{made.VersionId}", made)))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("CreateVersion").WithTags("Catalog")
            .WithSummary("Begins a new version of a work: a draft that files are uploaded to. The same Idempotency-Key finds it again.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<Answer>> Handle(WorkId work, Caller caller, HttpRequest request, CancellationToken stop)
    {
        string? key = null;
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.Headers[IdempotencyKey.Header].Count > 0 && !IdempotencyKey.Read(request, errors, out key))
        {
            return Problems.Invalid(errors);
        }

        return await database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                // The row of the work serialises its versions.
                if (await tx.QueryOne<WorkId?>(
                    "select id from catalog.work where id = @work and creator = @Organisation for update",
                    new { work, caller.Organisation }) is null)
                {
                    return Problems.NotFound.With("No such work.");
                }

                if (await tx.QueryOne<Draft>(
                    "select id, number, file_count, begun_under from catalog.version where work_id = @work and published_at is null",
                    new { work }) is { } draft)
                {
                    return draft.BegunUnder is not null && draft.BegunUnder == key
                        ? new Answer(draft.Id, draft.Number, draft.FileCount)
                        : CatalogProblems.DraftExists.With(
                            $"Another run began it and has put {draft.FileCount} files into it.",
                            new Dictionary<string, object?> { ["version_id"] = draft.Id.ToString(), ["file_count"] = draft.FileCount });
                }

                var id = ids.New<VersionId>();
                var number = await tx.QueryOne<int>(
                    """
                    insert into catalog.version (id, work_id, number, created_at, begun_under)
                    select @id, @work, coalesce(max(number), 0) + 1, @Now, @key from catalog.version where work_id = @work
                    returning number
                    """,
                    new { id, work, ids.Now, key });
                return new Answer(id, number, 0);
            },
            stop);
    }

    private sealed record Draft(VersionId Id, int Number, int FileCount, string? BegunUnder);

    /// <param name="FileCount">More than none when an earlier run under the same key came so far.</param>
    internal sealed record Answer(VersionId VersionId, int Number, int FileCount);
}
