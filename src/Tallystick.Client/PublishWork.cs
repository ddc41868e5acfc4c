using System.Collections.Concurrent;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>How far publishing has come.</summary>
/// <param name="BytesDone">Of all files, including what the server had already.</param>
public sealed record PublishProgress(LocalFile File, long BytesDone, long BytesTotal);

/// <summary>What publishing did.</summary>
/// <param name="Uploaded">Files whose content went over the network in this run.</param>
/// <param name="Removed">Files of an older draft that are none of these and were removed from it.</param>
/// <param name="Unchanged">True when the published version has exactly these files already: no version was made.</param>
public sealed record PublishResult(WorkVersion Version, int Uploaded, int Removed, bool Unchanged);

/// <summary>
/// Publishes a folder as a version of a work. Content that the organisation has sent before is not sent again; small files go
/// together, large ones go on after an interruption, several at once. Interrupted at any point and run again it goes on with its
/// draft where it stopped; what that draft holds and the folder does not (any more) is removed from it. What is published has
/// the hash of exactly these files, or nothing is: a draft of another run is left alone, and told of.
/// </summary>
/// <param name="client">With the credentials of the work's creator.</param>
public sealed class PublishWork(TallyClient client)
{
    private const int FaultsToldMost = 100;

    /// <summary>Requests under way: enough to keep the network and the server's disk busy together.</summary>
    private const int AtOnce = 4;

    /// <summary>Uploads what is missing and publishes the version.</summary>
    /// <param name="unit"><c>file</c> or <c>shard</c> for all files; null to let their names decide.</param>
    /// <param name="draftKey">
    /// Whose draft it is: a run under the same key goes on with it, also with other files. Null: the hash of the files, so that
    /// only a run with the same ones does.
    /// </param>
    /// <exception cref="TallyProblemException">The server refuses a file or the work, or another run's draft is in the way.</exception>
    /// <exception cref="InvalidDataException">Files have names that no work can have; all of them are told.</exception>
    /// <exception cref="IOException">A file cannot be read, or changed meanwhile.</exception>
    public async Task<PublishResult> Run(
        WorkId work, IReadOnlyList<LocalFile> files, string? unit, IProgress<PublishProgress>? progress, CancellationToken stop,
        string? draftKey = null)
    {
        CheckNames(files);
        var hashed = await Hash(files, stop);
        var meant = VersionHash.Of(work, hashed.Select(f => new HashedFile(f.Path, f.Sha256, f.SizeBytes, f.MediaType)));
        if (await Published(work, meant, stop) is { } same)
        {
            return new PublishResult(same, 0, 0, Unchanged: true);
        }

        var draft = await client.Post<Draft>($"v1/works/{work}/versions", null, stop, draftKey ?? meant);
        var total = files.Sum(f => f.SizeBytes);
        var moved = new Moved<LocalFile>((file, done) => progress?.Report(new PublishProgress(file, done, total)));
        var (there, others) = draft.FileCount == 0 ? (new HashSet<string>(), 0) : await Settle(work, draft.VersionId, hashed, unit, stop);
        foreach (var file in hashed.Where(f => there.Contains(f.Path)))
        {
            moved.Report(file.Local, file.SizeBytes);
        }

        var upload = new DraftUpload(client, work, draft.VersionId, unit, moved);
        var sent = await Send(upload, [.. hashed.Where(f => !there.Contains(f.Path))], stop);
        return new PublishResult(await client.PublishVersion(work, draft.VersionId, stop, meant), sent, others, Unchanged: false);
    }

    /// <summary>Before anything is sent, and all at once: the server would refuse one name after the other, in the middle.</summary>
    private static void CheckNames(IReadOnlyList<LocalFile> files)
    {
        var faults = PublishedPath.FaultsOf([.. files.Select(f => f.Path)]);
        if (faults.Count > 0)
        {
            var more = faults.Count > FaultsToldMost ? $"\n  and {faults.Count - FaultsToldMost} more" : "";
            throw new InvalidDataException(
                "This cannot be published, as Linux, macOS and Windows cannot all store these names. Nothing was sent; rename or move:\n  " +
                string.Join("\n  ", faults.Take(FaultsToldMost)) + more);
        }
    }

    private static async Task<List<FileToSend>> Hash(IReadOnlyList<LocalFile> files, CancellationToken stop)
    {
        var hashes = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop };
        await Parallel.ForEachAsync(files, cores, async (file, stopped) => hashes[file.Path] = await FileHash.Of(file.SourcePath, stopped));
        return [.. files.Select(f => new FileToSend(f, hashes[f.Path]))];
    }

    private async Task<WorkVersion?> Published(WorkId work, string meant, CancellationToken stop)
    {
        var view = await client.Work(work, stop);
        return view.Versions.FirstOrDefault(v => v.VersionId == view.VersionId && v.Hash == meant);
    }

    /// <summary>Which files an earlier run left in the draft as they are wanted, and how many others were removed from it.</summary>
    private async Task<(HashSet<string> There, int Removed)> Settle(
        WorkId work, VersionId version, List<FileToSend> files, string? unit, CancellationToken stop)
    {
        var wanted = files.ToDictionary(f => FilePath.Key(f.Path), StringComparer.Ordinal);
        var (there, others, page) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), default(ListPage<WorkFile>));
        do
        {
            page = await client.Files(work, version, page?.Next, stop);
            foreach (var file in page.Items)
            {
                if (!wanted.TryGetValue(FilePath.Key(file.Path), out var mine))
                {
                    others.Add(file.Path);
                }
                else if (mine.Path == file.Path && mine.Sha256 == file.Sha256 && mine.MediaType == file.MediaType && (unit ?? file.UnitKind) == file.UnitKind)
                {
                    there.Add(mine.Path);
                }
            }
        }
        while (page.Next is not null);

        foreach (var other in others)
        {
            await client.RemoveFile(work, version, other, stop);
        }

        return (there, others.Count);
    }

    /// <summary>Of files with the same content one is sent; the others are then known. Answers how many were sent.</summary>
    private static async Task<int> Send(DraftUpload upload, List<FileToSend> files, CancellationToken stop)
    {
        var missing = await upload.Adopt(files, stop);
        var first = missing.DistinctBy(f => f.Sha256).ToList();
        await SendAll(upload, first, stop);
        var again = await upload.Adopt([.. missing.Except(first)], stop);
        await SendAll(upload, again, stop);
        return first.Count + again.Count;
    }

    private static Task SendAll(DraftUpload upload, List<FileToSend> files, CancellationToken stop) => Parallel.ForEachAsync(
        DraftUpload.Requests(files), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
        async (request, stopped) => await upload.Send(request, stopped));

    private sealed record Draft(VersionId VersionId, int Number, int FileCount = 0);
}

/// <summary>A file whose content is known.</summary>
internal sealed record FileToSend(LocalFile Local, string Sha256)
{
    public string Path => Local.Path;

    public long SizeBytes => Local.SizeBytes;

    public string MediaType { get; } = MediaTypes.Of(Local.Path);
}
