using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>What can be found: published works for everyone, one's own drafts with <c>mine</c>.</summary>
internal static class ListWorks
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/works", Handle)
            .AllowAnonymous()
            .WithName("ListWorks").WithTags("Catalog")
            .WithSummary("Lists published works, newest first; q searches title and description; mine=true lists one's own, drafts too.")
            .Produces<Page<Row>>().ProducesProblem(400).ProducesProblem(401);

    private static async Task<IResult> Handle(
        [AsParameters] PageQuery page, string? q, string? kind, bool? mine, OrganisationId? creator, HttpContext context, Database database, CancellationToken stop)
    {
        WorkId before = default;
        var errors = page.Check(new())
            .Require(page.After is null || WorkId.TryParse(page.After, null, out before), "after", "Not a work id.")
            .Require(q is null || (q.Length <= 200 && InputErrors.IsClean(q, lines: false)), "q", "At most 200 characters.")
            .Require(kind is null || (kind.Length <= 20 && InputErrors.IsClean(kind, lines: false)), "kind", "Not a kind of work.");
        if (errors.Any)
        {
            return errors.ToRefusal().ToHttp();
        }

        var caller = Caller.From(context.User);
        if (mine == true && caller is null)
        {
            return Problems.Unauthenticated.With("Your own works are shown to you only.").ToHttp();
        }

        // Only the conditions that hold: each combination has an index, and none would serve them all.
        var rows = await database.Query<Row>(
            $"""
            select id as work_id, title, left(description, 300) as description, kind, language, creator,
              published_version as version_id, published_at
            from catalog.work
            where {(mine == true ? "creator = @Organisation" : "published_version is not null")}
              {(page.After is null ? "" : "and id < @before")}
              {(creator is null ? "" : "and creator = @creator")}
              {(kind is null ? "" : "and kind = @kind")}
              {(string.IsNullOrWhiteSpace(q) ? "" : "and words @@ websearch_to_tsquery('simple', @q)")}
            order by id desc limit @Limit
            """,
            new
            {
                before,
                Organisation = caller?.Organisation.Value,
                creator = creator?.Value,
                kind,
                q,
                Limit = page.Size + 1,
            },
            stop);
        return Results.Ok(Page<Row>.Of(rows, page.Size, r => r.WorkId.ToString()));
    }

    internal sealed record Row(
        WorkId WorkId,
        string Title,
        string Description,
        string Kind,
        string? Language,
        OrganisationId Creator,
        VersionId? VersionId,
        DateTimeOffset? PublishedAt);
}
