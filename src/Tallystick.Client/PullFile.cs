using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Tallystick.Client;

/// <summary>
/// One file on its way into a folder. What is asked for is the content that was listed or nothing (RFC 9110, If-Match): content
/// that was put in its place meanwhile is neither delivered nor charged. It is hashed while it comes; what broke off is gone on with.
/// </summary>
internal sealed class PullFile(TallyHttp http, TimeProvider clock, RemoteFile file, string address, string? pass)
{
    private const int FailuresMost = 5;
    private const int BufferBytes = 1 << 20;

    /// <summary>What a power cut can take of smaller files costs less than to wait for the disk for each of them.</summary>
    private const long SyncedFromBytes = 8L << 20;

    /// <summary>A large file is forced to the disk while more of it comes, so that little is left to wait for at its end.</summary>
    private const long SyncEveryBytes = 128L << 20;

    /// <summary>Fetches what is missing of <paramref name="partial"/>, which is complete and verified afterwards.</summary>
    /// <param name="moved">Told of bytes: forward as they come, back when what was there is of no use.</param>
    /// <returns>Bytes that came over the network.</returns>
    public async Task<long> Fetch(string partial, Action<long> moved, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var output = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        await Resume(output, hash, moved, stop);
        var received = 0L;
        var patience = new Patience(clock, FailuresMost);
        await patience.Persist(
            async () =>
            {
                await FetchRest(output, hash, count =>
                {
                    received += count;
                    patience.Renew();
                    moved(count);
                }, moved, stop);
                return true;
            },
            mayRepeat: true, stop);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Sha256)
        {
            output.SetLength(0);
            throw new InvalidDataException(
                $"{file.Path} arrived with another content than listed; it was thrown away. Run the pull again.");
        }

        if (file.SizeBytes >= SyncedFromBytes)
        {
            RandomAccess.FlushToDisk(output.SafeFileHandle);
        }

        return received;
    }

    /// <summary>What an earlier run left is hashed, as if it had just come.</summary>
    private async Task Resume(FileStream output, IncrementalHash hash, Action<long> moved, CancellationToken stop)
    {
        if (output.Length > file.SizeBytes)
        {
            output.SetLength(0);
        }

        var buffer = new byte[(int)Math.Min(BufferBytes, output.Length)];
        for (int read; (read = await output.ReadAsync(buffer, stop)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            moved(read);
        }
    }

    private async Task FetchRest(
        FileStream output, IncrementalHash hash, Action<int> got, Action<long> moved, CancellationToken stop)
    {
        if (output.Position == file.SizeBytes)
        {
            return;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var tag = new EntityTagHeaderValue($"\"{file.Sha256}\"");
        request.Headers.IfMatch.Add(tag);
        if (pass is not null)
        {
            request.Headers.Add("Tally-Pass", pass);
        }

        if (output.Position > 0)
        {
            request.Headers.Range = new RangeHeaderValue(output.Position, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }

        using var response = await Open(request, stop);
        // Something between us and the gate may not know conditions: not a byte of another content is read.
        if (response.Headers.ETag is { } told && told.Tag != tag.Tag)
        {
            throw Replaced();
        }

        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            moved(-output.Position);
            output.SetLength(0);
            hash.GetHashAndReset();
        }
        else if (response.Content.Headers.ContentRange?.From is { } from && from != output.Position)
        {
            throw new InvalidDataException($"The gate answered with another part of {file.Path} than it was asked for.");
        }

        await Copy(response, output, hash, got, moved, stop);
    }

    /// <summary>The next part comes while the one before is hashed and written.</summary>
    private async Task Copy(
        HttpResponseMessage response, FileStream output, IncrementalHash hash, Action<int> got, Action<long> moved, CancellationToken stop)
    {
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        // Small files are many: none has larger buffers than it fills.
        var bufferBytes = (int)Math.Min(BufferBytes, file.SizeBytes - output.Position);
        var (next, last, filled) = (new byte[bufferBytes], new byte[bufferBytes], 0);
        var (storing, syncing, synced) = (Task.CompletedTask, Task.CompletedTask, output.Position);
        var end = output.Position;
        try
        {
            for (int read; (read = await body.ReadAsync(next.AsMemory(filled), stop)) > 0;)
            {
                if (read > file.SizeBytes - end)
                {
                    // A disk is not filled with what was never listed. From the start the next time.
                    await storing;
                    filled = 0;
                    moved(-end);
                    output.SetLength(0);
                    throw new InvalidDataException($"{file.Path} is longer than the gate listed it; it was thrown away.");
                }

                (end, filled) = (end + read, filled + read);
                got(read);
                if (filled < next.Length)
                {
                    continue;
                }

                await storing;
                (next, last, filled) = (last, next, 0);
                storing = Store(output, hash, last);
                if (end - synced >= SyncEveryBytes && syncing.IsCompleted)
                {
                    (syncing, synced) = (Task.Run(() => RandomAccess.FlushToDisk(output.SafeFileHandle), CancellationToken.None), end);
                }
            }
        }
        finally
        {
            // What was read is in the file before anybody goes on from there, also when the rest did not come.
            await storing;
            await Store(output, hash, next.AsMemory(0, filled));
            await syncing;
        }

        if (end < file.SizeBytes)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"The answer ended after {end} of {file.SizeBytes} bytes of {file.Path}.");
        }
    }

    private static Task Store(FileStream output, IncrementalHash hash, ReadOnlyMemory<byte> part) => Task.WhenAll(
        Task.Run(() => output.Write(part.Span), CancellationToken.None),
        Task.Run(() => hash.AppendData(part.Span), CancellationToken.None));

    private async Task<HttpResponseMessage> Open(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await http.Open(request, stop);
        }
        catch (TallyProblemException failed) when (failed.Status == (int)HttpStatusCode.PreconditionFailed)
        {
            throw Replaced();
        }
    }

    private InvalidDataException Replaced() => new(
        $"{file.Path} was replaced by another version while it was pulled; nothing of that was charged. Run the pull again for the newest, or with --version for this one.");
}
