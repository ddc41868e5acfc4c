using Tallystick.Core.Catalog;

namespace Tallystick.Client;

/// <summary>
/// The folder into which a remote party names files. Names pass <see cref="ConfinedPath"/>; what lies in the folder
/// already may not lead out of it either, so nothing is read or written through a link.
/// </summary>
internal sealed class ConfinedFolder
{
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
    /// <exception cref="InvalidDataException">It is no hash, or something on the way is a link.</exception>
    public string Partial(string sha256) => BlobPath.IsSha256(sha256)
        ? Below([ConfinedPath.StateFolder, sha256 + ".part"])
        : throw new InvalidDataException($"The gate lists a file whose SHA-256 is none: '{sha256}'.");

    /// <summary>Makes the folders of a path that <see cref="Target"/> or <see cref="Partial"/> gave.</summary>
    public static void Make(string path) => Directory.CreateDirectory(Path.GetDirectoryName(path)!);

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
