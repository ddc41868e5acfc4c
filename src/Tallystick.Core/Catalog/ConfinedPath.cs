namespace Tallystick.Core.Catalog;

/// <summary>
/// The one rule by which a name that came from elsewhere becomes a file below a folder of this machine. It is the same
/// on every system: what one buyer can pull, every buyer can.
/// </summary>
public static class ConfinedPath
{
    /// <summary>Below the folder, where a pull keeps what is unfinished; no file of a work lies there.</summary>
    public const string StateFolder = ".tally";

    /// <summary>What is wrong with a name, in words for a person, or null. Stricter than <see cref="FilePath.Fault"/>.</summary>
    public static string? Fault(string path)
    {
        if (FilePath.Fault(path) is { } fault)
        {
            return fault;
        }

        // "C:x" is on another drive, "a:b" a hidden stream of the file "a".
        if (path.Contains(':', StringComparison.Ordinal))
        {
            return "A path has no colon.";
        }

        var segments = path.Split('/');
        return Array.Find(segments, IsDevice) is { } device ? $"'{device}' is the name of a device on some systems."
            : IsStateFolder(segments[0]) ? $"The folder '{StateFolder}' is kept for what a pull has not finished."
            : null;
    }

    /// <summary>
    /// What is wrong with names that are to lie below one folder: a bad one, two that are one file where cases or spellings
    /// of a letter are not told apart, or one that would have to be a file and a folder. Null when nothing is.
    /// </summary>
    public static string? FaultOfAll(IReadOnlyCollection<string> paths) =>
        FaultsOf(paths, Fault) is [var first, ..] ? first.ToString() : null;

    /// <summary>All that is wrong with names, by a rule for each of them and by what they are beside each other.</summary>
    internal static IReadOnlyList<NameFault> FaultsOf(IReadOnlyCollection<string> paths, Func<string, string?> faultOf)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var faults = new List<NameFault>();
        var byKey = new Dictionary<string, string>(StringComparer.Ordinal);
        var bySkeleton = new Dictionary<string, (string Pattern, string Path)>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (faultOf(path) is { } fault)
            {
                faults.Add(new(path, fault));
                continue;
            }

            var spelling = Spelling.Of(path);
            if (!byKey.TryAdd(spelling.Key, path))
            {
                faults.Add(NameFault.OneFile(path, byKey[spelling.Key]));
            }
            else if (!bySkeleton.TryAdd(spelling.Skeleton, (spelling.Pattern, path)) &&
                bySkeleton[spelling.Skeleton] is var other && other.Pattern != spelling.Pattern)
            {
                faults.Add(NameFault.OneFile(path, other.Path));
            }
        }

        foreach (var (key, path) in byKey)
        {
            if (FoldersOf(key).FirstOrDefault(byKey.ContainsKey) is { } folder)
            {
                faults.Add(NameFault.BelowAFile(path, byKey[folder]));
            }
        }

        return faults;
    }

    /// <summary>The folders that a path needs, outermost first.</summary>
    internal static IEnumerable<string> FoldersOf(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    /// <summary>Windows opens a device under these names, whatever ending follows.</summary>
    private static bool IsDevice(string segment)
    {
        var name = segment.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return name is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" ||
            (name.Length == 4 && (name.StartsWith("COM", StringComparison.Ordinal) || name.StartsWith("LPT", StringComparison.Ordinal)) &&
                name[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }

    // The second form is what a file system with short names may call it.
    private static bool IsStateFolder(string segment) =>
        Spelling.Of(segment).Key is StateFolder or "tally~1" or "tally~2" or "tally~3" or "tally~4";
}
