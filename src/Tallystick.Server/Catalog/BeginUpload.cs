using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Begins the upload of a large file into a draft (tus 1.0.0, creation and expiration). Asked for again, also by another process after a
/// crash, the same upload is answered, which <see cref="ResumeUpload"/> then says to be as far as it is.
/// </summary>
internal sealed class BeginUpload(Database database, DraftFiles drafts, PartialUploads uploads, CatalogOptions options)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions/{version}/uploads", async (
            WorkId id, VersionId version, Caller caller, BeginUpload slice, HttpContext context, CancellationToken stop) =>
            (await slice.Handle(new(id, version, caller.Organisation), context, stop)).ToHttp(begun => Begun(begun, context)))
            .RequiresScope(Scope.CatalogWrite)
            .WithName("BeginUpload").WithTags("Catalog")
            .WithSummary("Begins the upload of a large file, by tus 1.0.0: Upload-Length, and Upload-Metadata with path, sha256, filetype and unit.")
            .Produces(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(413);

    private async Task<Outcome<PartialUpload>> Handle(DraftAddress address, HttpContext context, CancellationToken stop)
    {
        if (Tus.Refuse(context) is { } version)
        {
            return version;
        }

        if (Tus.Number(context.Request, Tus.Length) is not { } size || Tus.Describe(context.Request, size) is not { } described)
        {
            return Problems.Invalid(Tus.Metadata, $"{Tus.Length} is a number of bytes, {Tus.Metadata} pairs of a name and a base64 value.");
        }

        if (size > options.FileBytesMost)
        {
            return Problems.TooLarge.With($"A file has at most {options.FileBytesMost} bytes.");
        }

        var errors = new InputErrors();
        described.Check(errors, "", options.FileBytesMost);
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        var file = described.ToDraft();
        return await database.InTransaction<Outcome<PartialUpload>>(
            async tx =>
            {
                // Two that begin the same at the same time begin one.
                await tx.Take(Turn.Upload, address.Organisation);
                return await tx.AllOrNothing<PartialUpload>(async () =>
                {
                    var begun = await uploads.Begin(tx, address, file);
                    return begun.Refusal is null && await drafts.Refuse(tx, address with { Upload = begun.Value.Id }, [file]) is { } unwanted
                        ? unwanted
                        : begun;
                });
            },
            stop);
    }

    private static IResult Begun(PartialUpload upload, HttpContext context)
    {
        context.Response.Headers[Tus.Expires] = upload.ExpiresAt.ToString("R", CultureInfo.InvariantCulture);
        return Results.Created(new Uri($"/v1/uploads/{upload.Id}", UriKind.Relative), null);
    }
}
