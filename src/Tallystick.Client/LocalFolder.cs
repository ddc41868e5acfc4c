namespace Tallystick.Client;

/// <summary>A file to be published.</summary>
/// <param name="Path">Relative, forward slashes: its name in the work.</param>
/// <param name="SourcePath">Where it lies on this machine.</param>
public sealed record LocalFile(string Path, string SourcePath, long SizeBytes);

/// <summary>An entry of a folder that is not published.</summary>
/// <param name="Path">Relative, forward slashes.</param>
/// <param name="Why"><c>hidden</c>, <c>link</c>, <c>broken_link</c>, <c>link_loop</c> or <c>not_a_file</c>.</param>
public sealed record SkippedEntry(string Path, string Why);

/// <summary>A link that was followed to something outside of the folder that was named.</summary>
public sealed record OutsideLink(string Path, string Target);

/// <summary>
/// What of a folder is published, and what is not: nothing is left out without a word. Files in order of name; what begins with
/// a dot is left out, and so are links unless they are to be followed, because they may lead anywhere.
/// </summary>
/// <param name="Outside">Links that were followed out of the folder: said to the person before anything is sent.</param>
public sealed record LocalFolder(
    IReadOnlyList<LocalFile> Files, IReadOnlyList<SkippedEntry> Skipped, IReadOnlyList<OutsideLink> Outside)
{
    /// <summary>Looks through a folder, or takes the one file that the path names.</summary>
    /// <param name="follow">Takes links for what they lead to.</param>
    /// <exception cref="IOException">The folder cannot be read, or the path names something that is no file.</exception>
    public static LocalFolder Read(string path, bool follow)
    {
        if (Directory.Exists(path))
        {
            return new Walk(new DirectoryInfo(System.IO.Path.GetFullPath(path)), follow).All();
        }

        var named = new FileInfo(path);
        return FileKinds.IsRegular(Final(named)?.FullName ?? path)
            ? new([new(named.Name, path, ((FileInfo?)Final(named) ?? named).Length)], [], [])
            : throw new IOException($"{path} is no ordinary file: a pipe, a socket or a device has no content that could be published.");
    }

    private static FileSystemInfo? Final(FileSystemInfo entry) => entry.LinkTarget is null ? null : entry.ResolveLinkTarget(returnFinalTarget: true);

    private sealed class Walk(DirectoryInfo start, bool follow)
    {
        private readonly List<LocalFile> _files = [];
        private readonly List<SkippedEntry> _skipped = [];
        private readonly List<OutsideLink> _outside = [];
        private string _root = "";

        public LocalFolder All()
        {
            _root = Real(start);
            Folder(start, "", [_root]);
            return new(
                [.. _files.OrderBy(f => f.Path, StringComparer.Ordinal)],
                [.. _skipped.OrderBy(s => s.Path, StringComparer.Ordinal)],
                [.. _outside.OrderBy(o => o.Path, StringComparer.Ordinal)]);
        }

        /// <param name="above">Real places of this folder and those around it: a link to one of them would have no end.</param>
        private void Folder(DirectoryInfo folder, string prefix, HashSet<string> above)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                var name = prefix + entry.Name;
                if (entry.Name.StartsWith('.'))
                {
                    _skipped.Add(new(name, "hidden"));
                }
                else if (entry.LinkTarget is not null)
                {
                    Link(entry, name, above);
                }
                else
                {
                    Take(entry, name, above);
                }
            }
        }

        private void Link(FileSystemInfo link, string name, HashSet<string> above)
        {
            if (!follow)
            {
                _skipped.Add(new(name, "link"));
                return;
            }

            FileSystemInfo? target;
            try
            {
                target = Final(link);
            }
            catch (IOException)
            {
                // Links that lead to each other.
                target = null;
            }

            if (target is not { Exists: true })
            {
                _skipped.Add(new(name, "broken_link"));
                return;
            }

            var real = Real(target);
            if (real != _root && !real.StartsWith(_root + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                _outside.Add(new(name, real));
            }

            Take(target, name, above);
        }

        private void Take(FileSystemInfo entry, string name, HashSet<string> above)
        {
            if (entry is DirectoryInfo folder)
            {
                var real = Real(folder);
                if (above.Contains(real))
                {
                    _skipped.Add(new(name, "link_loop"));
                    return;
                }

                Folder(folder, name + "/", [.. above, real]);
            }
            else if (FileKinds.IsRegular(entry.FullName))
            {
                _files.Add(new(name, entry.FullName, ((FileInfo)entry).Length));
            }
            else
            {
                _skipped.Add(new(name, "not_a_file"));
            }
        }

        /// <summary>The path with no link left in it.</summary>
        private static string Real(FileSystemInfo entry)
        {
            var path = System.IO.Path.GetPathRoot(entry.FullName)!;
            foreach (var segment in entry.FullName[path.Length..].Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            {
                path = System.IO.Path.Combine(path, segment);
                path = Final(Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path)) is { } target ? Real(target) : path;
            }

            return System.IO.Path.TrimEndingDirectorySeparator(path);
        }
    }
}
