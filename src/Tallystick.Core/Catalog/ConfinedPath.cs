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
    public static string? FaultOfAll(IReadOnlyCollection<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var byKey = new Dictionary<string, string>(StringComparer.Ordinal);
        var bySkeleton = new Dictionary<string, (string Pattern, string Path)>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (Fault(path) is { } fault)
            {
                return $"'{path}': {fault}";
            }

            var spelling = Spelling.Of(path);
            if (!byKey.TryAdd(spelling.Key, path))
            {
                return OneFile(byKey[spelling.Key], path);
            }

            if (!bySkeleton.TryAdd(spelling.Skeleton, (spelling.Pattern, path)) &&
                bySkeleton[spelling.Skeleton] is var other && other.Pattern != spelling.Pattern)
            {
                return OneFile(other.Path, path);
            }
        }

        foreach (var (key, path) in byKey)
        {
            for (var slash = key.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = key.IndexOf('/', slash + 1))
            {
                if (byKey.TryGetValue(key[..slash], out var file))
                {
                    return $"'{file}' would have to be a file, and a folder for '{path}'.";
                }
            }
        }

        return null;
    }

    private static string OneFile(string one, string other) =>
        $"'{one}' and '{other}' are one file where cases or spellings of a letter are not told apart.";

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
