using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Throws a draft away, with what was uploaded to it. Repeating it changes nothing. Units stay: a path that comes back is
/// the same unit again.
/// </summary>
internal static class DiscardVersion
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/v1/works/{id}/versions/{version}", Handle)
            .RequiresScope(Scope.CatalogWrite)
            .WithName("DiscardVersion").WithTags("Catalog")
            .WithSummary("Discards a draft and what was uploaded to it. A published version stays.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private static async Task<IResult> Handle(
        WorkId id, VersionId version, Caller caller, Database database, CancellationToken stop)
    {
        var refusal = await database.InTransaction<Refusal?>(
            async tx =>
            {
                // With the row of the work: who begins a version meanwhile is not told of a draft that is gone.
                var published = await tx.QueryOne<bool?>(
                    """
                    select v.published_at is not null from catalog.work w join catalog.version v on v.work_id = w.id
                    where w.id = @id and v.id = @version and w.creator = @Organisation for update
                    """,
                    new { id, version, caller.Organisation });
                if (published is null)
                {
                    return Problems.NotFound.With("No such version of such a work.");
                }

                if (published.Value)
                {
                    return CatalogProblems.VersionPublished.With("Only a draft can be discarded.");
                }

                await tx.Execute(
                    """
                    delete from catalog.file where version_id = @version;
                    delete from catalog.version where id = @version
                    """,
                    new { version });
                return null;
            },
            stop);
        return refusal?.ToHttp() ?? Results.NoContent();
    }
}
