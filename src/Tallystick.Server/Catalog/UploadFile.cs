using Microsoft.Net.Http.Headers;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// A file into a draft, as it comes off the wire. Sending it again replaces it; HEAD tells what is there, so that an
/// interrupted upload of many files goes on where it stopped.
/// </summary>
internal sealed class UploadFile(Database database, Blobs blobs, CatalogOptions options, Budgets budgets, IdSource ids)
{
    public const string HashHeader = "Content-SHA256";

    /// <summary>What every change of a draft's files ends with; its parameter is <c>Version</c>.</summary>
    public const string CountFiles =
        """
        update catalog.version v set file_count = t.files, size_bytes = t.bytes
        from (select count(*)::int as files, coalesce(sum(size_bytes), 0)::bigint as bytes
          from catalog.file where version_id = @Version) t
        where v.id = @Version
        """;

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
            .Produces<Answer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429);
        routes.MapMethods("/v1/works/{id}/versions/{version}/files/{**path}", ["HEAD"], Head)
            .RequiresScope(Scope.CatalogWrite)
            .WithName("HeadFile").WithTags("Catalog")
            .WithSummary("Whether a file of a version is there: Content-SHA256 and X-Content-Size say what.")
            .Produces(StatusCodes.Status200OK).ProducesProblem(400).ProducesProblem(404);
    }

    private async Task<Outcome<Answer>> Handle(Target target, Caller caller, HttpContext context, CancellationToken stop)
    {
        // Before the body is read: nobody sends gigabytes to learn that they were not wanted.
        var (errors, mediaType, expected) = Check(target, context.Request);
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        var announced = context.Request.ContentLength ?? 0;
        if (await database.InTransaction(tx => Refuse(tx, target, caller, announced, lockVersion: false), stop) is { } early)
        {
            return early;
        }

        var organisation = caller.Organisation.ToString();
        if (!caller.IsOperator && budgets.Ask(BudgetKind.UploadBytes, organisation, announced) is { } spent)
        {
            return spent;
        }

        await using var body = new BudgetedBody(context.Request.Body, budgets, BudgetKind.UploadBytes, organisation);
        using var blob = await Receive(caller.IsOperator ? context.Request.Body : body, expected, stop);
        if (body.Spent is { } spentMeanwhile)
        {
            return spentMeanwhile;
        }

        if (blob is null)
        {
            return CatalogProblems.ContentMismatch.With("The SHA-256 of the body is another one.");
        }

        return await database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                await blobs.Keep(tx, blob);
                return await Refuse(tx, target, caller, blob.SizeBytes, lockVersion: true) is { } refusal
                    ? refusal
                    : await Save(tx, target, blob, mediaType);
            },
            stop);
    }

    /// <summary>Null also when the budget ended before the body did: the body knows.</summary>
    private async Task<ReceivedBlob?> Receive(Stream body, string? expected, CancellationToken stop)
    {
        try
        {
            return await blobs.Receive(body, expected, stop);
        }
        catch (BadHttpRequestException) when (body is BudgetedBody { Spent: not null })
        {
            return null;
        }
    }

    private static (InputErrors Errors, string MediaType, string? Sha256) Check(Target target, HttpRequest request)
    {
        var errors = new InputErrors();
        // Stricter than for reading: what was stored before this rule is still found.
        if (ConfinedPath.Fault(target.Path) is { } fault)
        {
            errors.Add("path", fault);
        }

        var sha256 = request.Headers[HashHeader].Count == 0 ? null : request.Headers[HashHeader].ToString();
        errors.Require(sha256 is null || BlobPath.IsSha256(sha256), HashHeader, "64 lower-case hexadecimal digits.");
        errors.Require(target.Unit is null or "file" or "shard", "unit", "file or shard.");
        var mediaType = string.IsNullOrEmpty(request.ContentType) ? "application/octet-stream" : request.ContentType;
        errors.Require(
            mediaType.Length <= 200 && InputErrors.IsClean(mediaType, lines: false) &&
            MediaTypeHeaderValue.TryParse(mediaType, out _),
            "Content-Type",
            "A media type.");
        return (errors, mediaType, sha256);
    }

    private async Task<Refusal?> Refuse(Tx tx, Target target, Caller caller, long sizeBytes, bool lockVersion)
    {
        if (lockVersion)
        {
            // Uploads of one organisation that end at the same time do not pass its limit together.
            await tx.Take(Turn.Upload, caller.Organisation);
        }

        var draft = await tx.QueryOne<Draft>(
            $"""
            select v.published_at is not null as published, v.file_count,
              exists (select 1 from catalog.file where version_id = v.id and path_key = @Key) as replaces,
              (select coalesce(sum(every.size_bytes), 0)::bigint from catalog.version every
                join catalog.work of on of.id = every.work_id where of.creator = @Organisation)
              - coalesce((select size_bytes from catalog.file where version_id = v.id and path_key = @Key), 0) as stored_bytes
            from catalog.version v join catalog.work w on w.id = v.work_id
            where v.id = @Version and w.id = @Work and w.creator = @Organisation
            {(lockVersion ? "for update of v" : "")}
            """,
            new { target.Version, target.Work, caller.Organisation, Key = FilePath.Key(target.Path) });
        return draft switch
        {
            null => Problems.NotFound.With("No such version of such a work."),
            { Published: true } => CatalogProblems.VersionPublished.With("Files can only be added to a draft."),
            { Replaces: false } when draft.FileCount >= options.FilesMost =>
                CatalogProblems.TooManyFiles.With($"A version has at most {options.FilesMost} files."),
            _ when sizeBytes > options.StoredBytesMost - draft.StoredBytes =>
                CatalogProblems.StorageFull.With($"An organisation stores at most {options.StoredBytesMost} bytes; {draft.StoredBytes} are in use."),
            _ => null,
        };
    }

    private async Task<Answer> Save(Tx tx, Target target, ReceivedBlob blob, string mediaType)
    {
        var key = FilePath.Key(target.Path);
        var kind = target.Unit ??
            (Path.GetFileName(target.Path).Contains("shard", StringComparison.OrdinalIgnoreCase) ? "shard" : "file");
        var unit = await tx.QueryOne<UnitId>(
            """
            insert into catalog.unit as u (id, work_id, path_key, kind) values (@Id, @Work, @key, @kind)
            on conflict (work_id, path_key) do update set kind = excluded.kind returning u.id
            """,
            new { Id = ids.New<UnitId>(), target.Work, key, kind });
        await tx.Execute(
            $"""
            insert into catalog.file (version_id, path_key, path, unit_id, sha256, size_bytes, media_type, uploaded_at)
            values (@Version, @key, @Path, @unit, @Sha256, @SizeBytes, @mediaType, @Now)
            on conflict (version_id, path_key) do update set path = excluded.path, sha256 = excluded.sha256,
              size_bytes = excluded.size_bytes, media_type = excluded.media_type, uploaded_at = excluded.uploaded_at;
            {CountFiles}
            """,
            new { target.Version, key, target.Path, unit, blob.Sha256, blob.SizeBytes, mediaType, ids.Now });
        return new(target.Path, unit, kind, blob.Sha256, blob.SizeBytes, mediaType);
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

    private sealed record Draft(bool Published, int FileCount, bool Replaces, long StoredBytes);

    private sealed record Present(string Sha256, long SizeBytes);

    internal sealed record Answer(
        string Path, UnitId UnitId, string UnitKind, string Sha256, long SizeBytes, string MediaType);
}
