using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// An upload that was begun goes on (tus 1.0.0): HEAD tells how much is there, PATCH appends from exactly there. What came
/// before a connection broke stays. 1 alone with its file, 2 appended and synced, 3 compared with what was announced, 4 named by the draft.
/// </summary>
internal sealed class ResumeUpload(Database database, Blobs blobs, DraftFiles drafts, PartialUploads uploads, UploadBudget budget)
{
    private const int BufferBytes = 256 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/uploads/{upload}", ["HEAD"], async (
            UploadId upload, Caller caller, PartialUploads uploads, HttpContext context, CancellationToken stop) =>
            {
                var refusal = Tus.Refuse(context);
                context.Response.Headers.CacheControl = "no-store";
                return refusal is not null ? refusal.ToHttp()
                    : await uploads.Find(upload, caller.Organisation, stop) is { } found ? Told(found, uploads.OffsetOf(upload), context, StatusCodes.Status200OK)
                    : Results.NotFound();
            })
            .RequiresScope(Scope.CatalogWrite)
            .WithName("HeadUpload").WithTags("Catalog").WithSummary("How much of an upload is there, by tus 1.0.0.")
            .Produces(StatusCodes.Status200OK).ProducesProblem(400).ProducesProblem(404).ProducesProblem(412);
        routes.MapPatch("/v1/uploads/{upload}", async (
            UploadId upload, Caller caller, ResumeUpload slice, HttpContext context, CancellationToken stop) =>
            (await slice.Handle(upload, caller, context, stop)).ToHttp(to => Told(to.Upload, to.Offset, context, StatusCodes.Status204NoContent)))
            .RequiresScope(Scope.CatalogWrite)
            .TakesBody(routes.ServiceProvider.GetRequiredService<CatalogOptions>().FileBytesMost)
            .WithName("ResumeUpload").WithTags("Catalog")
            .WithSummary("Appends to an upload, by tus 1.0.0; the last part puts the file into its draft.")
            .Accepts<byte[]>(Tus.PartType)
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412)
            .ProducesProblem(413).ProducesProblem(415).ProducesProblem(423).ProducesProblem(429);
        routes.MapDelete("/v1/uploads/{upload}", async (
            UploadId upload, Caller caller, PartialUploads uploads, HttpContext context, CancellationToken stop) =>
            {
                if (Tus.Refuse(context) is { } version)
                {
                    return version.ToHttp();
                }

                if (await uploads.Find(upload, caller.Organisation, stop) is null)
                {
                    return Unknown().ToHttp();
                }

                await uploads.End(upload, stop);
                return Results.NoContent();
            })
            .RequiresScope(Scope.CatalogWrite)
            .WithName("EndUpload").WithTags("Catalog").WithSummary("Ends an upload and removes what came of it, by tus 1.0.0.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(412);
    }

    private async Task<Outcome<Reached>> Handle(UploadId id, Caller caller, HttpContext context, CancellationToken stop)
    {
        if (Tus.Refuse(context) is { } version)
        {
            return version;
        }

        var request = context.Request;
        if (request.ContentType != Tus.PartType)
        {
            return Problems.UnsupportedMediaType.With($"A part of an upload is of type {Tus.PartType}.");
        }

        if (Tus.Number(request, Tus.Offset) is not { } offset)
        {
            return Problems.Invalid(Tus.Offset, "The number of bytes that are there.");
        }

        if (await uploads.Find(id, caller.Organisation, stop) is not { } upload)
        {
            return Unknown();
        }

        return request.ContentLength > upload.SizeBytes - offset
            ? Problems.TooLarge.With($"{upload.SizeBytes - offset} bytes are missing.")
            : await budget.Read<Reached>(caller, request, body => Append(upload, caller.Organisation, body, offset, stop));
    }

    private async Task<Outcome<Reached>> Append(PartialUpload upload, OrganisationId organisation, Stream body, long offset, CancellationToken stop)
    {
        // 1
        using var file = uploads.Open(upload.Id);
        if (file is null)
        {
            return CatalogProblems.UploadBusy.With("Another request is sending to it.", new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = 1L });
        }

        if (RandomAccess.GetLength(file) is var there && there != offset)
        {
            return CatalogProblems.UploadOffset.With($"{there} bytes are there.", new Dictionary<string, object?> { ["offset"] = there });
        }

        // 2: also an upload that breaks again and again is one that something comes to.
        await uploads.Touch(upload.Id, stop);
        using var hash = new BlockHasher();
        var end = await Write(file, body, offset, upload.SizeBytes, hash, stop);
        if (end < upload.SizeBytes)
        {
            return new Reached(upload, end);
        }

        // 3
        if (offset > 0)
        {
            await Hash(file, hash, stop);
        }

        var (sha256, blocks) = hash.Finish();
        if (sha256 != upload.Sha256)
        {
            await uploads.End(upload.Id, stop);
            return CatalogProblems.ContentMismatch.With("The SHA-256 of what arrived is another one; the upload was ended.");
        }

        // 4
        return await database.InTransaction<Outcome<Reached>>(tx => Name(tx, upload, organisation, blocks), stop);
    }

    private async Task<Outcome<Reached>> Name(Tx tx, PartialUpload upload, OrganisationId organisation, byte[] blocks)
    {
        await Blobs.Hold(tx, upload.Sha256);
        var saved = await drafts.Save(
            tx, new DraftAddress(upload.WorkId, upload.VersionId, organisation, upload.Id), [upload.ToDraft()]);
        if (saved.Refusal is { } refusal)
        {
            return refusal;
        }

        await tx.Execute("delete from catalog.upload where id = @Id", new { upload.Id });
        // Last: when nothing of this came to be, the file is where it was and the upload can be ended again.
        using var blob = new ReceivedBlob(upload.Sha256, upload.SizeBytes, uploads.PathOf(upload.Id), blocks);
        await blobs.Keep(tx, blob);
        return new Reached(upload, upload.SizeBytes);
    }

    private static async Task<long> Write(
        SafeFileHandle file, Stream body, long offset, long sizeBytes, BlockHasher hash, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var end = offset;
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                if (read > sizeBytes - end)
                {
                    throw new BadHttpRequestException("More came than the upload was announced with.", StatusCodes.Status413PayloadTooLarge);
                }

                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, read), end, CancellationToken.None);
                hash.Append(buffer.AsSpan(0, read));
                end += read;
            }

            return end;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            // Also what came before a connection broke is told by HEAD, and gone on from.
            RandomAccess.FlushToDisk(file);
        }
    }

    private static async Task Hash(SafeFileHandle file, BlockHasher hash, CancellationToken stop)
    {
        hash.Finish();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long at = 0;
            for (int read; (read = await RandomAccess.ReadAsync(file, buffer, at, stop)) > 0; at += read)
            {
                hash.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Refusal Unknown() => Problems.NotFound.With("There is no such upload, or it was ended or given up.");

    private static IResult Told(PartialUpload upload, long offset, HttpContext context, int status)
    {
        context.Response.Headers[Tus.Offset] = offset.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers[Tus.Length] = upload.SizeBytes.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers[Tus.Expires] = upload.ExpiresAt.ToString("R", CultureInfo.InvariantCulture);
        return Results.StatusCode(status);
    }

    private sealed record Reached(PartialUpload Upload, long Offset);
}
