using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Many small files in one request, all of them or none: a request, a transaction and a wait for the disk for each of ten thousand
/// files is what takes the time. <c>multipart/mixed</c> (RFC 2046, section 5.1.3) of two parts: what the files are, in JSON, and
/// their contents one after the other. 1 described and judged, 2 received and synced, 3 named.
/// </summary>
internal sealed class UploadBatch(Database database, Blobs blobs, DraftFiles drafts, UploadBudget budget)
{
    private const string Multipart = "multipart/mixed";
    private const int BoundaryCharactersMost = 70;

    // What the reader of parts says at an early end; a disk that fails says its own number.
    private const int EndOfBody = unchecked((int)0x80131620);

    // Two boundaries and the headers of two parts.
    private const int FramingBytesMost = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/versions/{version}/files", async (
            WorkId id, VersionId version, Caller caller, UploadBatch slice, HttpRequest request, CancellationToken stop) =>
            (await slice.Handle(new(id, version, caller.Organisation), caller, request, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .TakesBody(FileBatch.ContentBytesMost + FileBatch.DescriptionBytesMost + FramingBytesMost, "Send fewer files at once, and large files by themselves.")
            .WithName("UploadBatch").WithTags("Catalog")
            .WithSummary("Uploads several small files of a draft: a JSON part {\"files\": [{path, sha256, size_bytes, media_type, unit}]}, then a part with their contents one after the other.")
            .Accepts<byte[]>(Multipart)
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429);

    private Task<Outcome<Answer>> Handle(DraftAddress address, Caller caller, HttpRequest request, CancellationToken stop) =>
        budget.Read<Answer>(caller, request, async body =>
        {
            if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ||
                !type.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase) ||
                HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= BoundaryCharactersMost } boundary)
            {
                return Problems.UnsupportedMediaType.With($"This takes {Multipart} with a boundary.");
            }

            try
            {
                return await Receive(new MultipartReader(boundary, body), address, stop);
            }
            catch (Exception malformed) when (malformed is InvalidDataException or (IOException { HResult: EndOfBody } and not BadHttpRequestException))
            {
                return Problems.Invalid("body", "It is not made of the two parts that are expected, or ends before they do.");
            }
        });

    private async Task<Outcome<Answer>> Receive(MultipartReader parts, DraftAddress address, CancellationToken stop)
    {
        // 1
        if (await parts.ReadNextSectionAsync(stop) is not { } first || await Describe(first, stop) is not { } batch)
        {
            return Problems.Invalid("files", "The first part says what the files are, in JSON.");
        }

        if (batch.Refuse(FileBatch.ContentBytesMost) is { } invalid)
        {
            return invalid;
        }

        if (batch.Files.Sum(f => f.SizeBytes) > FileBatch.ContentBytesMost)
        {
            return Problems.TooLarge.With($"Files that are sent together have at most {FileBatch.ContentBytesMost} bytes.");
        }

        var files = batch.Files.Select(f => f.ToDraft()).ToList();
        if (await database.InTransaction(tx => drafts.Refuse(tx, address, files), stop) is { } early)
        {
            return early;
        }

        // 2
        if (await parts.ReadNextSectionAsync(stop) is not { } content)
        {
            return Problems.Invalid("body", "The second part holds the contents of the files.");
        }

        var (received, wrong) = await blobs.ReceiveMany(content.Body, batch.Files, stop);
        try
        {
            if (wrong is not null)
            {
                return CatalogProblems.ContentMismatch.With($"The content of '{wrong}' has another SHA-256; none of the files was taken.");
            }

            if (await content.Body.ReadAsync(new byte[1], stop) > 0)
            {
                return Problems.Invalid("body", "The second part is longer than the files are said to be.");
            }

            // 3
            return await database.InTransaction<Outcome<Answer>>(
                async tx =>
                {
                    await blobs.Keep(tx, received);
                    var saved = await drafts.Save(tx, address, files);
                    return saved.Succeeded(out var all, out var refusal) ? new Answer(all.Length) : refusal;
                },
                stop);
        }
        finally
        {
            foreach (var blob in received)
            {
                blob.Dispose();
            }
        }
    }

    private static async Task<FileBatch?> Describe(MultipartSection part, CancellationToken stop)
    {
        await using var bounded = new BoundedBody(part.Body, FileBatch.DescriptionBytesMost);
        try
        {
            return await JsonSerializer.DeserializeAsync<FileBatch>(bounded, TallyJson.Options, stop);
        }
        catch (JsonException malformed)
        {
            throw new BadHttpRequestException("The first part cannot be read.", malformed);
        }
    }

    internal sealed record Answer(int Stored);
}
