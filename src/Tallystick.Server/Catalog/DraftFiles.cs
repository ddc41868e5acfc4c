using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A draft as it is addressed, and whose it must be.</summary>
/// <param name="Upload">Whose end this is: it is not counted beside the file it becomes.</param>
internal sealed record DraftAddress(WorkId Work, VersionId Version, OrganisationId Organisation, UploadId? Upload = null);

/// <summary>A file that is to be one of a draft; its content is there under its hash.</summary>
internal sealed record DraftFile(string Path, string UnitKind, string Sha256, long SizeBytes, string MediaType)
{
    public string Key { get; } = FilePath.Key(Path);

    public NameKeys Names { get; } = NameKeys.Of(Path);

    /// <summary>What a file is counted as when nobody says.</summary>
    public static string KindOf(string path) =>
        System.IO.Path.GetFileName(path).Contains("shard", StringComparison.OrdinalIgnoreCase) ? "shard" : "file";
}

/// <summary>
/// The one place where files come into a draft or leave it, one or many at once: all of them or none. What it costs does not
/// grow with the draft: its count and size are kept up by what changed.
/// </summary>
internal sealed class DraftFiles(CatalogOptions options, IdSource ids)
{
    /// <summary>Why the files cannot be in the draft, or null. Asked before content is sent, and again under the draft's lock.</summary>
    public async Task<Refusal?> Refuse(Tx tx, DraftAddress address, IReadOnlyList<DraftFile> files) =>
        Judge(await Find(tx, address, files, isLocked: false), files) ?? await DraftNames.Refuse(tx, address.Version, files);

    /// <summary>Puts them in; what was there under the same names is replaced. Their blobs are held by this transaction.</summary>
    public async Task<Outcome<SavedFile[]>> Save(Tx tx, DraftAddress address, IReadOnlyList<DraftFile> files)
    {
        // Uploads of one organisation that end at the same time do not pass its limit together.
        await tx.Take(Turn.Upload, address.Organisation);
        var draft = await Find(tx, address, files, isLocked: true);
        if ((Judge(draft, files) ?? await DraftNames.Refuse(tx, address.Version, files)) is { } refusal)
        {
            return refusal;
        }

        // Units are made under the lock of their work's one draft: what is not made here was there before.
        var keys = files.Select(f => f.Key).ToArray();
        await tx.Execute(
            """
            insert into catalog.unit (id, work_id, path_key)
            select n.id, @Work, n.key from unnest(@Ids, @keys) n (id, key) on conflict (work_id, path_key) do nothing
            """,
            new { address.Work, Ids = files.Select(_ => ids.New<UnitId>().Value).ToArray(), keys });
        var saved = await tx.Query<SavedFile>(
            """
            insert into catalog.file as f (version_id, path_key, path, unit_id, unit_kind, sha256, size_bytes, media_type, uploaded_at,
              name_key, skeleton, pattern)
            select @Version, n.key, n.path, u.id, n.kind, n.sha256, n.size_bytes, n.media_type, @Now, n.name_key, n.skeleton, n.pattern
            from unnest(@keys, @Paths, @Kinds, @Hashes, @Sizes, @MediaTypes, @NameKeys, @Skeletons, @Patterns)
              n (key, path, kind, sha256, size_bytes, media_type, name_key, skeleton, pattern)
            join catalog.unit u on u.work_id = @Work and u.path_key = n.key
            on conflict (version_id, path_key) do update set path = excluded.path, unit_kind = excluded.unit_kind,
              sha256 = excluded.sha256, size_bytes = excluded.size_bytes, media_type = excluded.media_type,
              uploaded_at = excluded.uploaded_at, name_key = excluded.name_key, skeleton = excluded.skeleton, pattern = excluded.pattern
            returning f.path, f.unit_id, f.unit_kind, f.sha256, f.size_bytes, f.media_type
            """,
            new
            {
                address.Version,
                address.Work,
                keys,
                Paths = files.Select(f => f.Path).ToArray(),
                Kinds = files.Select(f => f.UnitKind).ToArray(),
                Hashes = files.Select(f => f.Sha256).ToArray(),
                Sizes = files.Select(f => f.SizeBytes).ToArray(),
                MediaTypes = files.Select(f => f.MediaType).ToArray(),
                NameKeys = files.Select(f => f.Names.Key).ToArray(),
                Skeletons = files.Select(f => f.Names.Skeleton).ToArray(),
                Patterns = files.Select(f => f.Names.Pattern).ToArray(),
                ids.Now,
            });
        await Count(tx, address.Version, files.Count - draft!.Replaced, files.Sum(f => f.SizeBytes) - draft.ReplacedBytes);
        return saved.ToArray();
    }

    /// <summary>Takes a file out of a draft, whose row this transaction has locked; false when there is none of that name.</summary>
    public static async Task<bool> Remove(Tx tx, VersionId version, string path)
    {
        var size = await tx.QueryOne<long?>(
            "delete from catalog.file where version_id = @version and path_key = @Key returning size_bytes",
            new { version, Key = FilePath.Key(path) });
        if (size is not null)
        {
            await Count(tx, version, -1, -size.Value);
        }

        return size is not null;
    }

    private static Task Count(Tx tx, VersionId version, int files, long bytes) => tx.Execute(
        "update catalog.version set file_count = file_count + @files, size_bytes = size_bytes + @bytes where id = @version",
        new { version, files, bytes });

    private static Task<Draft?> Find(Tx tx, DraftAddress address, IReadOnlyList<DraftFile> files, bool isLocked) => tx.QueryOne<Draft>(
        $"""
        select v.published_at is not null as published, v.file_count,
          (select count(*)::int from catalog.file where version_id = v.id and path_key = any(@Keys)) as replaced,
          (select coalesce(sum(size_bytes), 0)::bigint from catalog.file where version_id = v.id and path_key = any(@Keys)) as replaced_bytes,
          (select coalesce(sum(every.size_bytes), 0)::bigint from catalog.version every
            join catalog.work of on of.id = every.work_id where of.creator = @Organisation)
          + (select coalesce(sum(size_bytes), 0)::bigint from catalog.upload
            where organisation = @Organisation and id is distinct from @Upload) as stored_bytes
        from catalog.version v join catalog.work w on w.id = v.work_id
        where v.id = @Version and w.id = @Work and w.creator = @Organisation
        {(isLocked ? "for update of v" : "")}
        """,
        new { address.Version, address.Work, address.Organisation, Upload = address.Upload?.Value, Keys = files.Select(f => f.Key).ToArray() });

    private Refusal? Judge(Draft? draft, IReadOnlyList<DraftFile> files) => draft switch
    {
        null => Problems.NotFound.With("No such version of such a work."),
        { Published: true } => CatalogProblems.VersionPublished.With("Files can only be added to a draft."),
        _ when files.Count > draft.Replaced && draft.FileCount - draft.Replaced > options.FilesMost - files.Count =>
            CatalogProblems.TooManyFiles.With($"A version has at most {options.FilesMost} files."),
        _ when files.Sum(f => f.SizeBytes) > options.StoredBytesMost - (draft.StoredBytes - draft.ReplacedBytes) =>
            CatalogProblems.StorageFull.With(
                $"An organisation stores at most {options.StoredBytesMost} bytes; {draft.StoredBytes - draft.ReplacedBytes} are in use."),
        _ => null,
    };

    private sealed record Draft(bool Published, int FileCount, int Replaced, long ReplacedBytes, long StoredBytes);
}

/// <summary>A file of a draft on the wire.</summary>
internal sealed record SavedFile(string Path, UnitId UnitId, string UnitKind, string Sha256, long SizeBytes, string MediaType);
