using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A new work, seen by its creator only until a version is published.</summary>
internal sealed class CreateWork(Database database, IdSource ids)
{
    private static readonly string[] Kinds = ["dataset", "text", "image", "audio", "video", "code", "model", "other"];

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works", async (Request request, Caller caller, CreateWork slice, CancellationToken stop) =>
            (await slice.Handle(request, caller, stop)).ToHttp(made => Results.Created($"/v1/works/{made.WorkId}", made)))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("CreateWork").WithTags("Catalog")
            .WithSummary("Makes a work: what it is, and where its content comes from.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private async Task<Outcome<Answer>> Handle(Request request, Caller caller, CancellationToken stop)
    {
        if (Check(request) is { Any: true } errors)
        {
            return errors.ToRefusal();
        }

        var id = ids.New<WorkId>();
        await database.InTransaction(
            tx => tx.Execute(
                """
                insert into catalog.work (id, creator, title, description, kind, language, source_name, source_url,
                  source_licence, unit_id, created_at)
                values (@id, @Organisation, @Title, @Description, @Kind, @Language, @SourceName, @SourceUrl,
                  @SourceLicence, @Unit, @Now)
                """,
                new
                {
                    id,
                    caller.Organisation,
                    Title = request.Title.Trim(),
                    request.Description,
                    request.Kind,
                    request.Language,
                    SourceName = request.Source.Name,
                    SourceUrl = request.Source.Url,
                    SourceLicence = request.Source.Licence,
                    Unit = ids.New<UnitId>(),
                    ids.Now,
                }),
            stop);
        return new Answer(id);
    }

    private static InputErrors Check(Request request)
    {
        var errors = new InputErrors()
            .Text("title", request.Title, 200)
            .Text("description", request.Description, 10_000, least: 0, lines: true)
            .Require(Kinds.Contains(request.Kind), "kind", $"One of {string.Join(", ", Kinds)}.")
            .Require(
                request.Language is null ||
                (request.Language.Length is >= 2 and <= 35 && request.Language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')),
                "language",
                "A language tag (BCP 47) such as en or pt-BR.")
            .Text("source.name", request.Source.Name, 200)
            .Text("source.licence", request.Source.Licence, 200);
        return request.Source.Url is null ? errors : errors.Url("source.url", request.Source.Url);
    }

    /// <summary>What a work is.</summary>
    internal sealed record Request(
        string Title, Provenance Source, string Description = "", string Kind = "dataset", string? Language = null);

    /// <summary>Where the content comes from and under which licence the creator holds it.</summary>
    internal sealed record Provenance(string Name, string Licence, string? Url = null);

    internal sealed record Answer(WorkId WorkId);
}
