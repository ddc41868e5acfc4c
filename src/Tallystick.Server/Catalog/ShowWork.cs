using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A work with everything a buyer wants to know before buying; a draft is shown to its creator only.</summary>
internal static class ShowWork
{
    private const int FilesShown = 200;
    private const int OffersShown = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/works/{id}", Handle)
            .AllowAnonymous()
            .WithName("ShowWork").WithTags("Catalog")
            .WithSummary("A work: what it is, its source, its newest versions, the newest offers on sale and its first files with their hashes. All offers and files: their own lists.")
            .Produces<Answer>().ProducesProblem(400).ProducesProblem(404);
        routes.MapGet("/v1/works/{id}/versions/{version}/files", Files)
            .AllowAnonymous()
            .WithName("ListFiles").WithTags("Catalog")
            .WithSummary("The files of a version with their hashes, in order of path.")
            .Produces<Page<WorkFile>>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> Handle(
        WorkId id, HttpContext context, Works works, Offers offers, Database database, CancellationToken stop)
    {
        var work = await works.Find(id, stop);
        var mine = work is not null && Caller.From(context.User)?.Organisation == work.Creator;
        if (work is null || (work.Version is null && !mine))
        {
            return Problems.NotFound.With("No such work.").ToHttp();
        }

        var versions = await database.Query<Version>(
            """
            select id as version_id, number, hash, file_count, size_bytes, created_at, published_at
            from catalog.version where work_id = @id and (@mine or published_at is not null) order by number desc limit 50
            """,
            new { id, mine },
            stop);
        var files = work.Version is { } published ? await works.Files(published, "", FilesShown, stop) : [];
        return Results.Ok(new Answer(
            work.WorkId,
            work.Creator,
            work.Title,
            work.Description,
            work.Kind,
            work.Language,
            new(work.SourceName, work.SourceLicence, work.SourceUrl),
            work.UnitId,
            work.Version,
            work.PublishedAt,
            versions,
            [.. (await offers.Page(id, alsoWithdrawn: false, null, OffersShown, stop)).Select(OfferAnswer.Of)],
            files));
    }

    private static async Task<IResult> Files(
        WorkId id, VersionId version, [AsParameters] PageQuery page, HttpContext context, Works works, Database database, CancellationToken stop)
    {
        var errors = page.Check(new()).Require(
            page.After is null || FilePath.Fault(page.After) is null, "after", "Not a path.");
        if (errors.Any)
        {
            return errors.ToRefusal().ToHttp();
        }

        var visible = await database.QueryOne<bool>(
            """
            select exists (select 1 from catalog.version v join catalog.work w on w.id = v.work_id
              where v.id = @version and w.id = @id and (v.published_at is not null or w.creator = @Organisation))
            """,
            new { id, version, Organisation = Caller.From(context.User)?.Organisation.Value },
            stop);
        return visible
            ? Results.Ok(Page<WorkFile>.Of(
                await works.Files(version, page.After ?? "", page.Size + 1, stop), page.Size, f => f.Path))
            : Problems.NotFound.With("No such version of such a work.").ToHttp();
    }

    internal sealed record Version(
        VersionId VersionId,
        int Number,
        string? Hash,
        int FileCount,
        long SizeBytes,
        DateTimeOffset CreatedAt,
        DateTimeOffset? PublishedAt);

    internal sealed record Answer(
        WorkId WorkId,
        OrganisationId Creator,
        string Title,
        string Description,
        string Kind,
        string? Language,
        CreateWork.Provenance Source,
        UnitId UnitId,
        VersionId? VersionId,
        DateTimeOffset? PublishedAt,
        IReadOnlyList<Version> Versions,
        IReadOnlyList<OfferAnswer> Offers,
        IReadOnlyList<WorkFile> Files);
}

/// <summary>An offer on the wire.</summary>
internal sealed record OfferAnswer(
    OfferId OfferId,
    WorkId WorkId,
    string Title,
    OrganisationId Creator,
    PriceAnswer Price,
    Terms Terms,
    string TermsHash,
    string Hash,
    string Summary,
    bool OnSale)
{
    public static OfferAnswer Of(OfferView offer) => new(
        offer.OfferId,
        offer.WorkId,
        offer.Title,
        offer.Creator,
        new(offer.Price.Amount, offer.Price.Meter, offer.Price.Per, offer.Price.ToString()),
        offer.Terms,
        offer.Terms.Hash,
        offer.Hash,
        offer.Summary,
        offer.OnSale);
}

/// <summary>A price on the wire; <paramref name="Text"/> is for people.</summary>
internal sealed record PriceAnswer(Core.Amounts.Money Amount, Core.Usage.Meter Meter, long Per, string Text);
