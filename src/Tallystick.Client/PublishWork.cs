using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>A file to be published.</summary>
/// <param name="Path">Relative, forward slashes: its name in the work.</param>
/// <param name="SourcePath">Where it lies on this machine.</param>
public sealed record LocalFile(string Path, string SourcePath, long SizeBytes);

/// <summary>How far publishing has come.</summary>
/// <param name="BytesDone">Of all files, including what the server had already.</param>
public sealed record PublishProgress(LocalFile File, long BytesDone, long BytesTotal);

/// <summary>What publishing did.</summary>
/// <param name="Uploaded">Files that went over the network in this run.</param>
/// <param name="Removed">Files of an older draft that are none of these and were removed from it.</param>
/// <param name="Unchanged">True when the published version has exactly these files already: no version was made.</param>
public sealed record PublishResult(WorkVersion Version, int Uploaded, int Removed, bool Unchanged);

/// <summary>
/// Publishes a folder as a version of a work. Files are streamed; one that the server has already, to the byte, is not
/// sent again. Interrupted at any point and run again it goes on with the draft where it stopped; what that draft holds
/// and the folder does not (any more) is removed from it, so that nothing is published by mistake.
/// </summary>
/// <param name="client">With the credentials of the work's creator.</param>
public sealed class PublishWork(TallyClient client)
{
    /// <summary>
    /// Files of a folder in order of name, or the one file that the path names. What begins with a dot is left out, and
    /// so are links: they may lead anywhere.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IReadOnlyList<LocalFile> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [new LocalFile(Path.GetFileName(path), path, new FileInfo(path).Length)];
        }

        var root = new DirectoryInfo(path);
        var files = new List<LocalFile>();
        var folders = new Stack<DirectoryInfo>([root]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry.Name.StartsWith('.') || entry.LinkTarget is not null)
                {
                    continue;
                }

                if (entry is DirectoryInfo inner)
                {
                    folders.Push(inner);
                }
                else if (entry is FileInfo file)
                {
                    var name = Path.GetRelativePath(root.FullName, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
                    files.Add(new LocalFile(name, file.FullName, file.Length));
                }
            }
        }

        return [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>Uploads what is missing and publishes the version.</summary>
    /// <param name="unit"><c>file</c> or <c>shard</c> for all files; null to let their names decide.</param>
    /// <exception cref="TallyProblemException">The server refuses a file or the work.</exception>
    /// <exception cref="IOException">A file cannot be read, changed meanwhile, or has a name that no work can have.</exception>
    public async Task<PublishResult> Run(
        WorkId work, IReadOnlyList<LocalFile> files, string? unit, IProgress<PublishProgress>? progress, CancellationToken stop)
    {
        CheckNames(files);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            hashes[file.Path] = await Hash(file, stop);
        }

        if (await Published(work, hashes, stop) is { } same)
        {
            return new PublishResult(same, 0, 0, Unchanged: true);
        }

        var (version, isNew) = await Draft(work, stop);
        var removed = isNew ? 0 : await RemoveOthers(work, version, files, stop);
        var total = files.Sum(f => f.SizeBytes);
        var (done, uploaded) = (0L, 0);
        foreach (var file in files)
        {
            var before = done;
            if (!await IsThere(work, version, file, hashes[file.Path], stop))
            {
                await Upload(
                    TallyClient.FileAddress(work, version, file.Path) + (unit is null ? "" : $"?unit={unit}"), file, hashes[file.Path],
                    at => progress?.Report(new PublishProgress(file, before + at, total)), stop);
                uploaded++;
            }

            done += file.SizeBytes;
            progress?.Report(new PublishProgress(file, done, total));
        }

        return new PublishResult(await client.PublishVersion(work, version, stop), uploaded, removed, Unchanged: false);
    }

    /// <summary>Before anything is sent: the server would refuse a name, or take two files for one, in the middle.</summary>
    private static void CheckNames(IReadOnlyList<LocalFile> files)
    {
        if (ConfinedPath.FaultOfAll([.. files.Select(f => f.Path)]) is { } fault)
        {
            throw new IOException($"This cannot be published, as not every buyer could store it. {fault}");
        }
    }

    private async Task<WorkVersion?> Published(WorkId work, Dictionary<string, string> hashes, CancellationToken stop)
    {
        var view = await client.Work(work, stop);
        if (view.VersionId is not { } id || view.Versions.FirstOrDefault(v => v.VersionId == id) is not { } version ||
            version.FileCount != hashes.Count)
        {
            return null;
        }

        for (string? after = null; ;)
        {
            var page = await client.Files(work, id, after, stop);
            if (page.Items.Any(f => hashes.GetValueOrDefault(f.Path) != f.Sha256))
            {
                return null;
            }

            if (page.Next is null)
            {
                return version;
            }

            after = page.Next;
        }
    }

    /// <summary>A new draft, or the one that an earlier run left.</summary>
    private async Task<(VersionId Version, bool IsNew)> Draft(WorkId work, CancellationToken stop)
    {
        try
        {
            return ((await client.Post<NewVersion>($"v1/works/{work}/versions", null, stop)).VersionId, true);
        }
        catch (TallyProblemException exists) when (
            exists.Kind == "draft-exists" && VersionId.TryParse(exists.Problem["version_id"]?.ToString(), null, out _))
        {
            return (VersionId.Parse(exists.Problem["version_id"]!.ToString(), null), false);
        }
    }

    private async Task<int> RemoveOthers(WorkId work, VersionId version, IReadOnlyList<LocalFile> files, CancellationToken stop)
    {
        var wanted = files.Select(f => FilePath.Key(f.Path)).ToHashSet(StringComparer.Ordinal);
        var (others, page) = (new List<string>(), default(ListPage<WorkFile>));
        do
        {
            page = await client.Files(work, version, page?.Next, stop);
            others.AddRange(page.Items.Select(f => f.Path).Where(p => !wanted.Contains(FilePath.Key(p))));
        }
        while (page.Next is not null);

        foreach (var other in others)
        {
            await client.RemoveFile(work, version, other, stop);
        }

        return others.Count;
    }

    private Task<bool> IsThere(WorkId work, VersionId version, LocalFile file, string sha256, CancellationToken stop) => client.Persist(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, TallyClient.FileAddress(work, version, file.Path));
            try
            {
                using var response = await client.Open(request, stop);
                return response.Headers.TryGetValues("Content-SHA256", out var there) && there.Contains(sha256);
            }
            catch (TallyProblemException missing) when (missing.Status == (int)HttpStatusCode.NotFound)
            {
                return false;
            }
        },
        stop);

    /// <summary>The same bytes under the same name may be sent twice, so a broken connection is tried again.</summary>
    private Task Upload(string address, LocalFile file, string sha256, Action<long> at, CancellationToken stop) => client.Persist(
        async () =>
        {
            await using var content = new CountedStream(File.OpenRead(file.SourcePath), at);
            using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(content, 128 * 1024) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypes.Of(file.Path));
            // Said beforehand, so that a server can refuse before the body is sent.
            request.Content.Headers.ContentLength = file.SizeBytes;
            request.Headers.Add("Content-SHA256", sha256);
            using var response = await client.Open(request, stop);
            return true;
        },
        stop);

    private static async Task<string> Hash(LocalFile file, CancellationToken stop)
    {
        await using var content = File.OpenRead(file.SourcePath);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }

    private sealed record NewVersion(VersionId VersionId, int Number);
}
