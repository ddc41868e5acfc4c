using Tallystick.Core.Catalog;

namespace Tallystick.Client;

/// <summary>
/// The folder into which a remote party names files. Names pass <see cref="ConfinedPath"/>; what lies in the folder
/// already may not lead out of it either, so nothing is read or written through a link.
/// </summary>
internal sealed class ConfinedFolder
{
    private const string PartialEnd = ".part";

    private readonly string _root;

    /// <param name="root">Chosen by the person; it may itself be reached through links.</param>
    public ConfinedFolder(string root) => _root = Path.GetFullPath(root);

    /// <summary>Where a file goes; its folders are made only by <see cref="Make"/>.</summary>
    /// <exception cref="InvalidDataException">The name would leave the folder, or something in it is a link.</exception>
    public string Target(string name)
    {
        if (ConfinedPath.Fault(name) is { } fault)
        {
            throw new InvalidDataException($"The gate lists a file that cannot lie in the folder: '{name}'. {fault}");
        }

        return Below(name.Split('/'));
    }

    /// <summary>Where the unfinished part of a file is kept: by its hash, which is checked to be one.</summary>
    /// <param name="name">Two files with the same content are two parts.</param>
    /// <exception cref="InvalidDataException">It is no hash, or something on the way is a link.</exception>
    public string Partial(string sha256, string name) => BlobPath.IsSha256(sha256)
        ? State($"{sha256}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)))[..16]}{PartialEnd}")
        : throw new InvalidDataException($"The gate lists a file whose SHA-256 is none: '{sha256}'.");

    /// <summary>A file that a pull keeps for itself.</summary>
    /// <exception cref="InvalidDataException">Something on the way is a link.</exception>
    public string State(string name)
    {
        var path = Below([ConfinedPath.StateFolder, name]);
        Make(path);
        return path;
    }

    /// <summary>Makes the folders of a path that <see cref="Target"/> or <see cref="Partial"/> gave.</summary>
    public static void Make(string path) => Directory.CreateDirectory(Path.GetDirectoryName(path)!);

    /// <summary>Where a file of that name lies; null when there is none, or a link is on the way.</summary>
    public string? Find(string name)
    {
        try
        {
            return Target(name) is var path && File.Exists(path) ? path : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Names of all files below the folder but the pull's own; links are not followed.</summary>
    public IEnumerable<string> Files() => Directory.Exists(_root)
        ? new DirectoryInfo(_root)
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
            .Select(f => Path.GetRelativePath(_root, f.FullName).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => !name.StartsWith(ConfinedPath.StateFolder + "/", StringComparison.Ordinal))
        : [];

    /// <summary>Removes a file that <see cref="Find"/> gave, and folders that are empty without it.</summary>
    public void Delete(string path)
    {
        File.Delete(path);
        for (var folder = Path.GetDirectoryName(path)!;
            folder.Length > _root.Length && !Directory.EnumerateFileSystemEntries(folder).Any();
            folder = Path.GetDirectoryName(folder)!)
        {
            Directory.Delete(folder);
        }
    }

    /// <summary>Removes unfinished parts of content that is no longer listed: nothing will go on with them.</summary>
    public void DropPartials(IReadOnlySet<string> listed)
    {
        foreach (var part in new DirectoryInfo(Path.GetDirectoryName(State("any"))!).EnumerateFiles("*" + PartialEnd))
        {
            if (!listed.Contains(part.Name.Split('-', '.')[0]))
            {
                part.Delete();
            }
        }
    }

    private string Below(string[] segments)
    {
        var path = _root;
        foreach (var segment in segments)
        {
            path = Path.Combine(path, segment);

            // Asked of the entry itself, not of what it leads to: a link that leads nowhere yet is one too.
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new InvalidDataException($"{path} is a link: a pull writes only below its own folder. Remove it, or pull into another folder.");
            }
        }

        return path;
    }
}
