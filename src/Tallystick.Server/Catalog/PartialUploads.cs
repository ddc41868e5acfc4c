using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>An upload that may go on: what is being sent, and where to.</summary>
internal sealed record PartialUpload(
    UploadId Id, WorkId WorkId, VersionId VersionId, string Path, string UnitKind, string Sha256, long SizeBytes, string MediaType,
    DateTimeOffset ExpiresAt)
{
    public DraftFile ToDraft() => new(Path, UnitKind, Sha256, SizeBytes, MediaType);
}

/// <summary>
/// Uploads that may go on, and the files in which they grow. Bounded by number for each organisation, counted as stored with
/// the size they will have, and gone when nothing came for a while (<see cref="CatalogOptions.UploadsKeptFor"/>).
/// </summary>
internal sealed class PartialUploads(Database database, Blobs blobs, CatalogOptions options, IdSource ids)
{
    public const string Worker = "catalog.sweep-uploads";

    // errno, which is what .NET keeps of it.
    private const int NoSpaceLeft = 28;

    private const string Select =
        """
        select u.id, v.work_id, u.version_id, u.path, u.unit_kind, u.sha256, u.size_bytes, u.media_type, u.expires_at
        from catalog.upload u join catalog.version v on v.id = u.version_id
        """;

    private string Folder => Path.Combine(blobs.Root, "partial");

    /// <summary>The upload of the same file to the same draft, or a new one.</summary>
    public async Task<Outcome<PartialUpload>> Begin(Tx tx, DraftAddress address, DraftFile file)
    {
        if (await tx.QueryOne<PartialUpload>(
            $"""
            {Select} where u.organisation = @Organisation and u.version_id = @Version and u.path = @Path and u.sha256 = @Sha256
              and u.size_bytes = @SizeBytes and u.unit_kind = @UnitKind and u.media_type = @MediaType and u.expires_at > @Now limit 1
            """,
            new { address.Organisation, address.Version, file.Path, file.Sha256, file.SizeBytes, file.UnitKind, file.MediaType, ids.Now }) is { } before)
        {
            return before;
        }

        if (await tx.QueryOne<int>("select count(*)::int from catalog.upload where organisation = @Organisation", new { address.Organisation })
            >= options.UploadsMost)
        {
            return CatalogProblems.TooManyUploads.With($"There are {options.UploadsMost} unfinished uploads.");
        }

        var made = new PartialUpload(
            ids.New<UploadId>(), address.Work, address.Version, file.Path, file.UnitKind, file.Sha256, file.SizeBytes, file.MediaType,
            ids.Now + options.UploadsKeptFor);
        await tx.Execute(
            """
            insert into catalog.upload (id, version_id, organisation, path, unit_kind, sha256, size_bytes, media_type, expires_at)
            values (@Id, @VersionId, @Organisation, @Path, @UnitKind, @Sha256, @SizeBytes, @MediaType, @ExpiresAt)
            """,
            new
            {
                made.Id, made.VersionId, address.Organisation, made.Path, made.UnitKind, made.Sha256, made.SizeBytes, made.MediaType, made.ExpiresAt,
            });
        return made;
    }

    public Task<PartialUpload?> Find(UploadId id, OrganisationId organisation, CancellationToken stop) => database.QueryOne<PartialUpload>(
        $"{Select} where u.id = @id and u.organisation = @organisation and u.expires_at > @Now", new { id, organisation, ids.Now }, stop);

    /// <summary>Something came: it is kept for longer.</summary>
    public Task Touch(UploadId id, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            "update catalog.upload set expires_at = @Until where id = @id", new { id, Until = ids.Now + options.UploadsKeptFor }),
        stop);

    public string PathOf(UploadId id) => Path.Combine(Folder, id.ToString());

    /// <summary>How much is there.</summary>
    public long OffsetOf(UploadId id) => new FileInfo(PathOf(id)) is { Exists: true } file ? file.Length : 0;

    /// <summary>The file to go on with, by nobody else at the same time; null while another request has it.</summary>
    public SafeFileHandle? Open(UploadId id)
    {
        Directory.CreateDirectory(Folder);
        try
        {
            return File.OpenHandle(PathOf(id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        }
        catch (IOException shared) when (File.Exists(PathOf(id)) && shared.HResult != NoSpaceLeft)
        {
            return null;
        }
    }

    public async Task End(UploadId id, CancellationToken stop)
    {
        await database.InTransaction(tx => tx.Execute("delete from catalog.upload where id = @id", new { id }), stop);
        File.Delete(PathOf(id));
    }

    /// <summary>Ends what has expired, and removes files whose draft was discarded.</summary>
    public async Task<bool> Sweep(CancellationToken stop)
    {
        await database.InTransaction(tx => tx.Execute("delete from catalog.upload where expires_at <= @Now", new { ids.Now }), stop);
        if (!Directory.Exists(Folder))
        {
            return false;
        }

        var known = (await database.Query<UploadId>("select id from catalog.upload", null, stop)).Select(id => id.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(Folder).EnumerateFiles().Where(f => !known.Contains(f.Name) && f.LastWriteTimeUtc < ids.Now - Blobs.LeftAlone))
        {
            file.Delete();
        }

        return false;
    }
}
