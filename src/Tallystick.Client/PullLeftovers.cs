using Tallystick.Core.Catalog;

namespace Tallystick.Client;

/// <summary>
/// What lies in a folder beside the version that was pulled. Only what a pull put there, and nobody changed since, is ever removed.
/// </summary>
internal sealed class PullLeftovers(ConfinedFolder folder, IReadOnlyDictionary<string, RemoteFile> listed)
{
    /// <summary>Whoever pulls into a folder with more has things of their own there.</summary>
    private const int LookedAtMost = 100_000;

    /// <summary>Files of earlier versions that are still there, with their fate, and files that no pull knows.</summary>
    /// <param name="pulled">By path, what this run saw complete.</param>
    public async Task<(List<PulledFile> Earlier, List<string> Removed, List<LeftFile> Left)> Settle(
        PullManifest? before, IReadOnlySet<string> pulled, bool prune, CancellationToken stop)
    {
        var (earlier, removed, left) = (new List<PulledFile>(), new List<string>(), new List<LeftFile>());
        foreach (var file in Known(before).Where(f => !pulled.Contains(f.Path) && !IsOfThisVersion(f)))
        {
            if (folder.Find(file.Path) is not { } path)
            {
                continue;
            }

            var isAsPulled = await FileHash.Matches(path, file.Sha256, file.SizeBytes, stop);
            if (prune && isAsPulled)
            {
                folder.Delete(path);
                removed.Add(file.Path);
                continue;
            }

            earlier.Add(file);
            left.Add(new(file.Path, isAsPulled ? "earlier_version" : "changed"));
        }

        var known = earlier.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        left.AddRange(folder.Files().Take(LookedAtMost).Where(p => !listed.ContainsKey(p) && !known.Contains(p)).Select(p => new LeftFile(p, "unknown")));
        return (earlier, removed, left);
    }

    /// <summary>Files of this version that an earlier pull left and this one was not asked for.</summary>
    public IEnumerable<PulledFile> Kept(PullManifest? before, IReadOnlySet<string> pulled) =>
        Known(before).Where(f => !pulled.Contains(f.Path) && IsOfThisVersion(f) && folder.Find(f.Path) is not null);

    private static IEnumerable<PulledFile> Known(PullManifest? before) => before is null
        ? []
        : before.Files.Concat(before.Earlier).Where(f => ConfinedPath.Fault(f.Path) is null && BlobPath.IsSha256(f.Sha256)).DistinctBy(f => f.Path);

    private bool IsOfThisVersion(PulledFile file) => listed.TryGetValue(file.Path, out var now) && now.Sha256 == file.Sha256;
}
