using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Takes a file out of a draft. Repeating it changes nothing.</summary>
internal static class RemoveFile
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/v1/works/{id}/versions/{version}/files/{**path}", Handle)
            .RequiresScope(Scope.CatalogWrite)
            .WithName("RemoveFile").WithTags("Catalog")
            .WithSummary("Removes a file from a draft. Files of a published version stay.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private static async Task<IResult> Handle(
        WorkId id, VersionId version, string path, Caller caller, Database database, CancellationToken stop)
    {
        if (FilePath.Fault(path) is { } fault)
        {
            return new InputErrors().Add("path", fault).ToRefusal().ToHttp();
        }

        var refusal = await database.InTransaction<Refusal?>(
            async tx =>
            {
                var published = await tx.QueryOne<bool?>(
                    """
                    select v.published_at is not null from catalog.version v join catalog.work w on w.id = v.work_id
                    where v.id = @version and w.id = @id and w.creator = @Organisation for update of v
                    """,
                    new { id, version, caller.Organisation });
                if (published is null)
                {
                    return Problems.NotFound.With("No such version of such a work.");
                }

                if (published.Value)
                {
                    return CatalogProblems.VersionPublished.With("Files can only be removed from a draft.");
                }

                return await DraftFiles.Remove(tx, version, path) ? null : Problems.NotFound.With("The draft has no such file.");
            },
            stop);
        return refusal?.ToHttp() ?? Results.NoContent();
    }
}
