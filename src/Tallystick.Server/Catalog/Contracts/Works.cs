using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog.Contracts;

/// <summary>A work as other modules see it.</summary>
/// <param name="Version">The published version; null while there is none.</param>
internal sealed record WorkView(
    WorkId WorkId,
    OrganisationId Creator,
    string Title,
    string Description,
    string Kind,
    string? Language,
    string SourceName,
    string? SourceUrl,
    string SourceLicence,
    UnitId UnitId,
    VersionId? Version,
    DateTimeOffset? PublishedAt);

/// <summary>A file of a published version.</summary>
/// <param name="UnitKind"><c>file</c> or <c>shard</c>.</param>
/// <param name="ModifiedAt">Since when this path has this content, in whole seconds; null in a draft.</param>
internal sealed record WorkFile(
    UnitId UnitId, string UnitKind, string Path, string Sha256, long SizeBytes, string MediaType, DateTimeOffset? ModifiedAt);

/// <summary>Looks works up.</summary>
internal sealed class Works(Database database)
{
    private const string Select =
        """
        select id as work_id, creator, title, description, kind, language, source_name, source_url, source_licence,
          unit_id, published_version as version, published_at from catalog.work
        """;

    public Task<WorkView?> Find(WorkId id, CancellationToken stop) =>
        database.QueryOne<WorkView>($"{Select} where id = @id", new { id }, stop);

    /// <summary>What works are called; one that is not there is left out.</summary>
    public async Task<IReadOnlyDictionary<WorkId, string>> Titles(IReadOnlyCollection<WorkId> ids, CancellationToken stop) =>
        (await database.Query<(WorkId Id, string Title)>(
            "select id, title from catalog.work where id = any(@Ids)", new { Ids = ids.Select(i => i.Value).ToArray() }, stop))
        .ToDictionary(w => w.Id, w => w.Title);

    /// <summary>As a transaction sees it.</summary>
    public Task<WorkView?> Find(Tx tx, WorkId id) => tx.QueryOne<WorkView>($"{Select} where id = @id", new { id });

    /// <summary>All works of a creator, published or not, after an id.</summary>
    public Task<IReadOnlyList<WorkView>> Of(OrganisationId creator, WorkId after, int most, CancellationToken stop) =>
        database.Query<WorkView>(
            $"{Select} where creator = @creator and id > @after order by id limit @most", new { creator, after, most }, stop);

    /// <summary>The published versions of a work, newest first.</summary>
    public static Task<IReadOnlyList<VersionId>> Versions(Tx tx, WorkId work) => tx.Query<VersionId>(
        "select id from catalog.version where work_id = @work and published_at is not null order by number desc", new { work });

    /// <summary>Every file of a version, in order of path.</summary>
    public static Task<IReadOnlyList<WorkFile>> Files(Tx tx, VersionId version) => tx.Query<WorkFile>(FilesSql, new { version });

    /// <summary>The files of a version after a path, one page.</summary>
    public Task<IReadOnlyList<WorkFile>> Files(VersionId version, string after, int most, CancellationToken stop) =>
        database.Query<WorkFile>(
            """
            select f.unit_id, f.unit_kind, f.path, f.sha256, f.size_bytes, f.media_type,
              date_trunc('second', coalesce(f.modified_at, v.published_at)) as modified_at
            from catalog.file f join catalog.version v on v.id = f.version_id
            where f.version_id = @version and f.path_key > @after order by f.path_key limit @most
            """,
            new { version, after = Core.Catalog.FilePath.Key(after), most },
            stop);

    private const string FilesSql =
        """
        select f.unit_id, f.unit_kind, f.path, f.sha256, f.size_bytes, f.media_type,
          date_trunc('second', coalesce(f.modified_at, v.published_at)) as modified_at
        from catalog.file f join catalog.version v on v.id = f.version_id
        where f.version_id = @version order by f.path
        """;
}
