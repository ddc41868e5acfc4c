using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A new draft, empty. A work has one draft at a time.</summary>
internal sealed class CreateVersion(Database database, IdSource ids)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions", async (WorkId id, Caller caller, CreateVersion slice, CancellationToken stop) =>
            (await slice.Handle(id, caller, stop)).ToHttp(
                made => Results.Created($"/v1/works/{id}/versions/{made.VersionId}", made)))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("CreateVersion").WithTags("Catalog")
            .WithSummary("Begins a new version of a work: a draft that files are uploaded to.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private Task<Outcome<Answer>> Handle(WorkId work, Caller caller, CancellationToken stop) =>
        database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                // The row of the work serialises its versions.
                if (await tx.QueryOne<WorkId?>(
                    "select id from catalog.work where id = @work and creator = @Organisation for update",
                    new { work, caller.Organisation }) is null)
                {
                    return Problems.NotFound.With("No such work.");
                }

                if (await tx.QueryOne<VersionId?>(
                    "select id from catalog.version where work_id = @work and published_at is null", new { work }) is { } draft)
                {
                    return CatalogProblems.DraftExists.With(
                        "One draft at a time.", new Dictionary<string, object?> { ["version_id"] = draft.ToString() });
                }

                var id = ids.New<VersionId>();
                var number = await tx.QueryOne<int>(
                    """
                    insert into catalog.version (id, work_id, number, created_at)
                    select @id, @work, coalesce(max(number), 0) + 1, @Now from catalog.version where work_id = @work
                    returning number
                    """,
                    new { id, work, ids.Now });
                return new Answer(id, number);
            },
            stop);

    internal sealed record Answer(VersionId VersionId, int Number);
}
