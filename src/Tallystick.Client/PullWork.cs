using System.Collections.Concurrent;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>
/// Pulls a version of a work through a gate into a folder, several files at once. Interrupted at any point and run again it goes
/// on where it stopped (RFC 9110 Range with If-Range); a file appears under its name only when its SHA-256 is right. Whatever the
/// gate lists, nothing is written outside the folder, and all files are of the one version that the manifest names.
/// </summary>
public sealed class PullWork : IDisposable
{
    private readonly TallyHttp _http;
    private readonly TimeProvider _clock;
    private readonly Uri _gate;

    /// <summary>A puller for one gate and one licence.</summary>
    /// <param name="gate">Public address of the gate: it gets the licence, so it must be the one the licence is for.</param>
    /// <param name="licence">Licence token or access token; never an API key.</param>
    public PullWork(Uri gate, string licence, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _gate = gate;
        _http = new TallyHttp(gate, licence, handler, _clock);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Every file of a version of the work.</summary>
    /// <param name="version">Null for the newest.</param>
    /// <exception cref="TallyProblemException">The gate does not know the work, or not this version of it.</exception>
    public async Task<RemoteVersion> List(WorkId work, VersionId? version, CancellationToken stop)
    {
        var listed = await _http.Get<Listed>(version is null ? $"w/{work}/" : $"v/{version}/", stop);
        return listed.WorkId is { } other && other != work
            ? throw new InvalidDataException($"What was listed is of {other}, not of {work}.")
            : new(work, listed.VersionId, listed.Files);
    }

    /// <summary>Opens one file of the newest version for reading from its first byte: what a training loop streams from.</summary>
    /// <param name="pass">Names the run: retries within a pass are one use. Null: one pass a day.</param>
    public async Task<HttpResponseMessage> Open(WorkId work, string path, string? pass, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"w/{work}/{Escaped(path)}");
        if (pass is not null)
        {
            request.Headers.Add("Tally-Pass", pass);
        }

        return await _http.Open(request, stop);
    }

    /// <summary>Pulls what <paramref name="options"/> say.</summary>
    /// <exception cref="TallyProblemException">The licence does not allow it, or what pays for it is used up.</exception>
    /// <exception cref="InvalidDataException">What arrived is not what the gate listed.</exception>
    /// <exception cref="IOException">The folder cannot be written, or has too little space; known before anything is charged.</exception>
    public async Task<PullResult> Run(
        WorkId work, string folder, PullOptions options, IProgress<PullProgress>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        var version = await List(work, options.Version, stop);
        var files = version.Files.Where(options.Wanted ?? (_ => true)).ToList();
        var confined = new ConfinedFolder(folder);
        var total = Check(files);
        var run = new Moved<RemoteFile>((file, done) => progress?.Report(new PullProgress(file, done, total)));
        var before = await PullManifest.Read(folder, stop);
        var atOnce = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Clamp(options.FilesAtOnce, 1, PullOptions.FilesAtOnceMost), CancellationToken = stop,
        };
        var missing = await Missing(files, confined, run, atOnce);
        CheckSpace(folder, missing, confined);
        var received = 0L;
        await Each(missing, atOnce, async (file, stopped) =>
        {
            var (target, partial) = (confined.Target(file.Path), confined.Partial(file.Sha256, file.Path));
            ConfinedFolder.Make(partial);
            var pull = new PullFile(_http, _clock, file, AddressOf(version, file), options.Pass);
            var came = await pull.Fetch(partial, bytes => run.Report(file, bytes), stopped);
            Interlocked.Add(ref received, came);
            ConfinedFolder.Make(target);
            File.Move(partial, target, overwrite: true);
        });
        var done = new PullResult(files.Count, files.Count - missing.Count, received, version.VersionId, [], []);
        return await Finish(version, files, options, confined, before, done, stop);
    }

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>In the version that was listed: one that is published meanwhile changes nothing in the middle.</summary>
    private static string AddressOf(RemoteVersion version, RemoteFile file) =>
        $"{(version.VersionId is { } id ? $"v/{id}" : $"w/{version.WorkId}")}/{Escaped(file.Path)}";

    /// <summary>Before anything is asked for or written: what is listed can lie in one folder. Answers the bytes of all.</summary>
    private static long Check(List<RemoteFile> files)
    {
        if (ConfinedPath.FaultOfAll([.. files.Select(f => f.Path)]) is { } fault)
        {
            throw new InvalidDataException(
                $"The gate lists what cannot be stored safely. {fault} Nothing was pulled; with --only the rest can be.");
        }

        var total = 0L;
        foreach (var file in files)
        {
            if (file.SizeBytes < 0 || file.SizeBytes > long.MaxValue - total || !BlobPath.IsSha256(file.Sha256))
            {
                throw new InvalidDataException($"The gate lists '{file.Path}' with an impossible size or hash.");
            }

            total += file.SizeBytes;
        }

        return total;
    }

    private static async Task<List<RemoteFile>> Missing(List<RemoteFile> files, ConfinedFolder folder, Moved<RemoteFile> run, ParallelOptions atOnce)
    {
        var missing = new ConcurrentBag<RemoteFile>();
        await Each(files, atOnce, async (file, stop) =>
        {
            if (await FileHash.Matches(folder.Target(file.Path), file.Sha256, file.SizeBytes, stop))
            {
                run.Report(file, file.SizeBytes);
            }
            else
            {
                missing.Add(file);
            }
        });
        return [.. missing.OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>Before anything is charged: a disk that fills up in the middle would have been paid for in vain.</summary>
    private static void CheckSpace(string folder, List<RemoteFile> missing, ConfinedFolder confined)
    {
        var there = missing.Sum(f => new FileInfo(confined.Partial(f.Sha256, f.Path)) is { Exists: true } part ? Math.Min(part.Length, f.SizeBytes) : 0);
        var needed = missing.Sum(f => f.SizeBytes) - there;
        if (needed == 0)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free < needed)
        {
            throw new IOException($"{needed} bytes are to be pulled and {Path.GetFullPath(folder)} has space for {free}: nothing was asked for, nothing is charged.");
        }
    }

    /// <summary>The first failure ends all others, and is the one that is told.</summary>
    private static async Task Each(List<RemoteFile> files, ParallelOptions atOnce, Func<RemoteFile, CancellationToken, Task> work)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(atOnce.CancellationToken);
        Exception? first = null;
        try
        {
            await Parallel.ForEachAsync(
                files, new ParallelOptions { MaxDegreeOfParallelism = atOnce.MaxDegreeOfParallelism, CancellationToken = failed.Token },
                async (file, stop) =>
                {
                    try
                    {
                        await work(file, stop);
                    }
                    catch (Exception failure)
                    {
                        Interlocked.CompareExchange(ref first, failure, null);
                        await failed.CancelAsync();
                        throw;
                    }
                });
        }
        catch (Exception) when (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Says in the folder what is in it, and what of earlier versions still is.</summary>
    private async Task<PullResult> Finish(
        RemoteVersion version, List<RemoteFile> files, PullOptions options, ConfinedFolder folder, PullManifest? before, PullResult result,
        CancellationToken stop)
    {
        var pulled = files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var leftovers = new PullLeftovers(folder, version.Files.DistinctBy(f => f.Path).ToDictionary(f => f.Path, StringComparer.Ordinal));
        var mine = before is not null && before.WorkId == version.WorkId ? before : null;
        var (earlier, removed, left) = await leftovers.Settle(mine, pulled, options.Prune, stop);
        var here = files.Select(f => new PulledFile(f.Path, f.Sha256, f.SizeBytes)).Concat(leftovers.Kept(mine, pulled));
        folder.DropPartials(version.Files.Select(f => f.Sha256).ToHashSet(StringComparer.Ordinal));
        var manifest = new PullManifest(
            version.WorkId, version.VersionId,
            VersionHash.Of(version.WorkId, version.Files.Select(f => new HashedFile(f.Path, f.Sha256, f.SizeBytes, f.MediaType))),
            _gate.ToString(), options.Pass, _clock.GetUtcNow(), [.. here.OrderBy(f => f.Path, StringComparer.Ordinal)], earlier);
        await manifest.Write(folder.State("manifest.json"), stop);
        return result with { Removed = removed, Left = left };
    }

    private sealed record Listed(IReadOnlyList<RemoteFile> Files, WorkId? WorkId = null, VersionId? VersionId = null);
}
