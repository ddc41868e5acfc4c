using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>One file of a work, as a gate lists it.</summary>
/// <param name="Path">Relative, forward slashes.</param>
/// <param name="SizeBytes">Length.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record RemoteFile(UnitId UnitId, string Path, long SizeBytes, string Sha256, string MediaType);

/// <summary>How far a pull has come.</summary>
/// <param name="File">The file that just moved on.</param>
/// <param name="BytesDone">Of all files, including what was there before.</param>
/// <param name="BytesTotal">Of all files.</param>
public sealed record PullProgress(RemoteFile File, long BytesDone, long BytesTotal);

/// <summary>What a pull did.</summary>
/// <param name="Files">Files that are now complete and verified.</param>
/// <param name="Skipped">Of these, how many were there already.</param>
/// <param name="BytesReceived">What went over the network in this run.</param>
public sealed record PullResult(int Files, int Skipped, long BytesReceived);

/// <summary>
/// Pulls a work through a gate into a folder. Interrupted at any point and run again it goes on where it stopped
/// (RFC 9110 Range with If-Range); a file appears under its name only when its SHA-256 is right. Whatever the gate lists,
/// nothing is written outside the folder.
/// </summary>
public sealed class PullWork : IDisposable
{
    private const int FailuresMost = 5;
    private const int BufferBytes = 128 * 1024;

    private readonly TallyHttp _http;
    private readonly TimeProvider _clock;

    /// <summary>A puller for one gate and one licence.</summary>
    /// <param name="gate">Public address of the gate: it gets the licence, so it must be the one the licence is for.</param>
    /// <param name="licence">Licence token or access token; never an API key.</param>
    public PullWork(Uri gate, string licence, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _http = new TallyHttp(gate, licence, handler, _clock);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Every file of the work's newest version.</summary>
    /// <exception cref="TallyProblemException">The gate does not know the work.</exception>
    public async Task<IReadOnlyList<RemoteFile>> List(WorkId work, CancellationToken stop) =>
        (await _http.Get<Index>($"w/{work}/", stop)).Files;

    /// <summary>Opens one file for reading from its first byte: what a training loop streams from.</summary>
    /// <param name="pass">Names the run: retries within a pass are one use. Null: one pass a day.</param>
    public async Task<HttpResponseMessage> Open(WorkId work, string path, string? pass, CancellationToken stop) =>
        await _http.Open(Request(work, path, pass), stop);

    /// <summary>Pulls the files that <paramref name="wanted"/> accepts.</summary>
    /// <exception cref="TallyProblemException">The licence does not allow it, or what pays for it is used up.</exception>
    /// <exception cref="InvalidDataException">What arrived is not what the gate listed.</exception>
    public async Task<PullResult> Run(
        WorkId work,
        string folder,
        string? pass,
        Func<RemoteFile, bool> wanted,
        IProgress<PullProgress>? progress,
        CancellationToken stop)
    {
        var files = (await List(work, stop)).Where(wanted).ToList();
        var total = Check(files);
        var confined = new ConfinedFolder(folder);
        var (done, received, skipped) = (0L, 0L, 0);
        foreach (var file in files)
        {
            var target = confined.Target(file.Path);
            if (await IsComplete(target, file, stop))
            {
                skipped++;
                done += file.SizeBytes;
                progress?.Report(new PullProgress(file, done, total));
                continue;
            }

            var before = done;
            var partial = confined.Partial(file.Sha256);
            ConfinedFolder.Make(partial);
            received += await Fetch(
                work, file, partial, pass, atByte => progress?.Report(new PullProgress(file, before + atByte, total)), stop);
            ConfinedFolder.Make(target);
            File.Move(partial, target, overwrite: true);
            done += file.SizeBytes;
        }

        return new PullResult(files.Count, skipped, received);
    }

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
            if (file.SizeBytes < 0 || file.SizeBytes > long.MaxValue - total)
            {
                throw new InvalidDataException($"The gate lists '{file.Path}' with an impossible size.");
            }

            total += file.SizeBytes;
        }

        return total;
    }

    private async Task<long> Fetch(
        WorkId work, RemoteFile file, string partial, string? pass, Action<long> at, CancellationToken stop)
    {
        var received = 0L;
        var patience = new Patience(_clock, FailuresMost);
        await patience.Persist(
            async () =>
            {
                await FetchRest(work, file, partial, pass, part =>
                {
                    received += part;
                    patience.Renew();
                }, at, stop);
                return true;
            },
            mayRepeat: true, stop);
        if (!await IsComplete(partial, file, stop))
        {
            File.Delete(partial);
            throw new InvalidDataException(
                $"{file.Path} arrived with another content than listed; it was thrown away. Run the pull again.");
        }

        return received;
    }

    private async Task FetchRest(
        WorkId work, RemoteFile file, string partial, string? pass, Action<int> got, Action<long> at, CancellationToken stop)
    {
        await using var output = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1);
        if (output.Length > file.SizeBytes)
        {
            output.SetLength(0);
        }

        if (output.Length == file.SizeBytes)
        {
            return;
        }

        using var request = Request(work, file.Path, pass);
        if (output.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(output.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{file.Sha256}\""));
        }

        using var response = await _http.Open(request, stop);
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            output.SetLength(0);
        }
        else if (response.Content.Headers.ContentRange?.From is { } from && from != output.Length)
        {
            throw new InvalidDataException($"The gate answered with another part of {file.Path} than it was asked for.");
        }

        output.Seek(0, SeekOrigin.End);
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[BufferBytes];
        for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
        {
            if (read > file.SizeBytes - output.Length)
            {
                // A disk is not filled with what was never listed. From the start the next time.
                output.SetLength(0);
                throw new InvalidDataException($"{file.Path} is longer than the gate listed it; it was thrown away.");
            }

            await output.WriteAsync(buffer.AsMemory(0, read), stop);
            got(read);
            at(output.Length);
        }

        RandomAccess.FlushToDisk(output.SafeFileHandle);
    }

    private static HttpRequestMessage Request(WorkId work, string path, string? pass)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var request = new HttpRequestMessage(HttpMethod.Get, $"w/{work}/{escaped}");
        if (pass is not null)
        {
            request.Headers.Add("Tally-Pass", pass);
        }

        return request;
    }

    private static async Task<bool> IsComplete(string path, RemoteFile file, CancellationToken stop)
    {
        var there = new FileInfo(path);
        if (!there.Exists || there.Length != file.SizeBytes)
        {
            return false;
        }

        await using var content = there.OpenRead();
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop)) == file.Sha256;
    }

    private sealed record Index(IReadOnlyList<RemoteFile> Files);
}
