using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Names that Linux, macOS and Windows cannot all store beside each other: refused when they come, each with its reason.</summary>
internal static class DraftNames
{
    private const int ToldMost = 100;

    /// <summary>The refusal of names that are to be one version, or null.</summary>
    public static Refusal? Refuse(IReadOnlyCollection<string> paths) => Refuse(PublishedPath.FaultsOf(paths));

    /// <summary>The refusal of names that come to those of a draft, or null.</summary>
    public static async Task<Refusal?> Refuse(Tx tx, VersionId version, IReadOnlyList<DraftFile> files)
    {
        if (Refuse([.. files.Select(f => f.Path)]) is { } refusal)
        {
            return refusal;
        }

        var folders = files.SelectMany(f => f.Names.Folders.Select(folder => (f.Path, Folder: folder))).ToList();
        var clashes = await tx.Query<Clash>(
            """
            select n.path, f.path as other, f.how from unnest(@Keys, @Paths, @NameKeys, @Skeletons, @Patterns)
              n (key, path, name_key, skeleton, pattern)
            cross join lateral (
              (select path, 'same' as how from catalog.file
                where version_id = @version and name_key = n.name_key and path_key <> n.key limit 1)
              union all
              (select path, 'same' from catalog.file
                where version_id = @version and skeleton = n.skeleton and pattern <> n.pattern and path_key <> n.key limit 1)
              union all
              -- The character after '/' is '0'.
              (select path, 'above' from catalog.file
                where version_id = @version and name_key > n.name_key || '/' and name_key < n.name_key || '0' limit 1)) f
            union all
            select n.path, f.path, 'below' from unnest(@Inner, @Folders) n (path, name_key)
            join catalog.file f on f.version_id = @version and f.name_key = n.name_key
            limit @ToldMost
            """,
            new
            {
                version,
                Keys = files.Select(f => f.Key).ToArray(),
                Paths = files.Select(f => f.Path).ToArray(),
                NameKeys = files.Select(f => f.Names.Key).ToArray(),
                Skeletons = files.Select(f => f.Names.Skeleton).ToArray(),
                Patterns = files.Select(f => f.Names.Pattern).ToArray(),
                Inner = folders.Select(f => f.Path).ToArray(),
                Folders = folders.Select(f => f.Folder).ToArray(),
                ToldMost,
            });
        return Refuse([.. clashes.Select(Told)]);
    }

    private static NameFault Told(Clash clash) => clash.How switch
    {
        "above" => NameFault.AboveAFile(clash.Path, clash.Other),
        "below" => NameFault.BelowAFile(clash.Path, clash.Other),
        _ => NameFault.OneFile(clash.Path, clash.Other),
    };

    private static Refusal? Refuse(IReadOnlyList<NameFault> faults) => faults.Count == 0
        ? null
        : CatalogProblems.UnstorableName.With(
            $"{faults[0]}{(faults.Count == 1 ? "" : $" And {faults.Count - 1} more.")}",
            new Dictionary<string, object?>
            {
                ["names"] = faults.Take(ToldMost).Select(f => new Dictionary<string, string> { ["path"] = f.Path, ["reason"] = f.Reason }).ToList(),
            });

    private sealed record Clash(string Path, string Other, string How);
}
