using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// A file into a draft, as it comes off the wire. Sending it again replaces it; HEAD tells what is there, so that an
/// interrupted upload of many files goes on where it stopped.
/// </summary>
internal sealed class UploadFile(Database database, Blobs blobs, DraftFiles drafts, UploadBudget budget)
{
    public const string HashHeader = "Content-SHA256";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/v1/works/{id}/versions/{version}/files/{**path}", async (
            WorkId id, VersionId version, string path, string? unit, Caller caller, UploadFile slice, HttpContext context, CancellationToken stop) =>
            (await slice.Handle(new(id, version, path, unit), caller, context, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .TakesBody(routes.ServiceProvider.GetRequiredService<CatalogOptions>().FileBytesMost)
            .WithName("UploadFile").WithTags("Catalog")
            .WithSummary("Uploads a file of a draft. The body is the file; Content-SHA256 (hex) is checked when it is sent.")
            .Accepts<byte[]>("*/*")
            .Produces<SavedFile>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429);
        routes.MapMethods("/v1/works/{id}/versions/{version}/files/{**path}", ["HEAD"], Head)
            .RequiresScope(Scope.CatalogWrite)
            .WithName("HeadFile").WithTags("Catalog")
            .WithSummary("Whether a file of a version is there: Content-SHA256 and X-Content-Size say what.")
            .Produces(StatusCodes.Status200OK).ProducesProblem(400).ProducesProblem(404);
    }

    private async Task<Outcome<SavedFile>> Handle(Target target, Caller caller, HttpContext context, CancellationToken stop)
    {
        // Before the body is read: nobody sends gigabytes to learn that they were not wanted.
        var (errors, mediaType, expected) = Check(target, context.Request);
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        var announced = context.Request.ContentLength ?? 0;
        var address = new DraftAddress(target.Work, target.Version, caller.Organisation);
        DraftFile Described(string sha256, long sizeBytes) =>
            new(target.Path, target.Unit ?? DraftFile.KindOf(target.Path), sha256, sizeBytes, mediaType);
        if (await database.InTransaction(tx => drafts.Refuse(tx, address, [Described("", announced)]), stop) is { } early)
        {
            return early;
        }

        return await budget.Read<SavedFile>(caller, context.Request, async body =>
        {
            using var blob = await blobs.Receive(body, expected, stop);
            if (blob is null)
            {
                return CatalogProblems.ContentMismatch.With("The SHA-256 of the body is another one.");
            }

            return await database.InTransaction<Outcome<SavedFile>>(
                async tx =>
                {
                    await blobs.Keep(tx, blob);
                    var saved = await drafts.Save(tx, address, [Described(blob.Sha256, blob.SizeBytes)]);
                    return saved.Succeeded(out var files, out var refusal) ? files[0] : refusal;
                },
                stop);
        });
    }

    private static (InputErrors Errors, string MediaType, string? Sha256) Check(Target target, HttpRequest request)
    {
        var errors = new InputErrors();
        // Stricter than for reading: what was stored before this rule is still found.
        if (PublishedPath.Fault(target.Path) is { } fault)
        {
            errors.Add("path", fault);
        }

        var sha256 = request.Headers[HashHeader].Count == 0 ? null : request.Headers[HashHeader].ToString();
        errors.Require(sha256 is null || BlobPath.IsSha256(sha256), HashHeader, "64 lower-case hexadecimal digits.");
        DescribedFile.CheckKind(errors, "unit", target.Unit);
        var mediaType = string.IsNullOrEmpty(request.ContentType) ? DescribedFile.UsualMediaType : request.ContentType;
        DescribedFile.CheckMediaType(errors, "Content-Type", mediaType);
        return (errors, mediaType, sha256);
    }

    private static async Task<IResult> Head(
        WorkId id, VersionId version, string path, Caller caller, Database database, HttpContext context, CancellationToken stop)
    {
        var found = FilePath.Fault(path) is null
            ? await database.QueryOne<Present>(
                """
                select f.sha256, f.size_bytes from catalog.file f
                join catalog.version v on v.id = f.version_id join catalog.work w on w.id = v.work_id
                where f.version_id = @version and f.path_key = @Key and w.id = @id and w.creator = @Organisation
                """,
                new { id, version, Key = FilePath.Key(path), caller.Organisation },
                stop)
            : null;
        if (found is null)
        {
            return Results.NotFound();
        }

        context.Response.Headers[HashHeader] = found.Sha256;
        context.Response.Headers["X-Content-Size"] = found.SizeBytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Results.Ok();
    }

    private sealed record Target(WorkId Work, VersionId Version, string Path, string? Unit);

    private sealed record Present(string Sha256, long SizeBytes);
}
