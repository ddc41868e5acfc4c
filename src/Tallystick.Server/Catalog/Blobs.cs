using System.Buffers;
using Tallystick.Core.Catalog;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Content-addressed files. A blob appears under its name only when it is complete and on the disk: 1 write aside and
/// hash, 2 sync the file, 3 rename, 4 sync the folder. A crash leaves at most a file in <c>incoming</c>, or a blob that
/// no file row names, which <see cref="SweepBlobs"/> removes.
/// </summary>
internal sealed class Blobs(FoundationOptions options, IdSource ids) : IHostedService
{
    /// <summary>What nobody names or writes any more is left alone this long: longer than any upload pauses.</summary>
    public static readonly TimeSpan LeftAlone = TimeSpan.FromHours(1);

    private const int BufferBytes = 256 * 1024;

    /// <summary>A disk commits what waits together; more threads only wait longer.</summary>
    private const int SyncsAtOnce = 8;

    /// <summary>Where <see cref="BlobPath"/> begins; the gates read the same folder.</summary>
    public string Root { get; } = Path.Combine(options.DataFolder, "blobs");

    private string Incoming => Path.Combine(Root, "incoming");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Incoming);
        foreach (var file in new DirectoryInfo(Incoming).EnumerateFiles())
        {
            // A younger one may be an upload to another server on the same folder.
            if (file.LastWriteTimeUtc < ids.Now - LeftAlone)
            {
                file.Delete();
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Writes what the stream holds aside; null when its SHA-256 is not the one expected, and then nothing is kept.
    /// </summary>
    public async Task<ReceivedBlob?> Receive(Stream content, string? expectedSha256, CancellationToken stop)
    {
        var aside = NewAside();
        try
        {
            var received = await Write(content, aside, stop);
            if (expectedSha256 is null || expectedSha256 == received.Sha256)
            {
                return received;
            }
        }
        catch
        {
            File.Delete(aside);
            throw;
        }

        File.Delete(aside);
        return null;
    }

    /// <summary>
    /// Writes contents that come one after the other aside, each by itself; then all are synced, several at once, as a disk bears many
    /// waits in the time of few. The path of the first that has another SHA-256 than expected is told, and then no other is kept.
    /// </summary>
    /// <exception cref="InvalidDataException">The stream ends before the contents do.</exception>
    public async Task<(IReadOnlyList<ReceivedBlob> Blobs, string? Wrong)> ReceiveMany(
        Stream content, IReadOnlyList<DescribedFile> files, CancellationToken stop)
    {
        var received = new List<ReceivedBlob>(files.Count);
        try
        {
            foreach (var file in files)
            {
                var aside = NewAside();
                received.Add(new(file.Sha256, file.SizeBytes, aside, []));
                var (sha256, blocks) = await WriteExactly(content, file.SizeBytes, aside, stop);
                if (sha256 != file.Sha256)
                {
                    return (received, file.Path);
                }

                received[^1] = received[^1] with { Blocks = blocks };
            }

            await Parallel.ForEachAsync(received, AtOnce(stop), (blob, _) =>
            {
                using var file = File.OpenHandle(blob.AsidePath, FileMode.Open, FileAccess.ReadWrite);
                RandomAccess.FlushToDisk(file);
                return ValueTask.CompletedTask;
            });
            return (received, null);
        }
        catch
        {
            received.ForEach(blob => blob.Dispose());
            throw;
        }
    }

    /// <summary>A blob of this size is under its name.</summary>
    public bool Has(string sha256, long sizeBytes) =>
        new FileInfo(Path.Combine(Root, BlobPath.Of(sha256))) is { Exists: true } there && there.Length == sizeBytes;

    /// <summary>
    /// The blob is under its name, with the hashes of its blocks if it has more than one, until the transaction ends, and
    /// afterwards if the transaction names it: from here to its end no sweep can take it away. Held before anything else, so
    /// that nobody waits for it with a row in hand.
    /// </summary>
    public Task Keep(Tx tx, ReceivedBlob blob) => Keep(tx, [blob]);

    /// <summary>The same for several.</summary>
    public async Task Keep(Tx tx, IReadOnlyList<ReceivedBlob> blobs)
    {
        await Hold(tx, [.. blobs.Select(b => b.Sha256)]);
        foreach (var blob in blobs.Where(b => b.SizeBytes > BlockHasher.BlockBytes))
        {
            await tx.Execute(
                """
                insert into catalog.blob_blocks (sha256, block_bytes, hashes) values (@Sha256, @BlockBytes, @Blocks)
                on conflict (sha256) do nothing
                """,
                new { blob.Sha256, BlockHasher.BlockBytes, blob.Blocks });
        }

        // 4: also the folders above, which may be new.
        var folders = blobs.Select(Place).ToHashSet(StringComparer.Ordinal);
        string[] every = [.. folders, .. folders.Select(f => Path.GetDirectoryName(f)!).Distinct(), Root];
        await Parallel.ForEachAsync(every, AtOnce(CancellationToken.None), (folder, _) =>
        {
            DurableFile.SyncFolder(folder);
            return ValueTask.CompletedTask;
        });
    }

    private static ParallelOptions AtOnce(CancellationToken stop) => new() { MaxDegreeOfParallelism = SyncsAtOnce, CancellationToken = stop };

    /// <summary>Puts the blob under its name, and answers the folder it lies in; again when its transaction is run again.</summary>
    private string Place(ReceivedBlob blob)
    {
        var target = Path.Combine(Root, BlobPath.Of(blob.Sha256));
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        if (!File.Exists(blob.AsidePath) && File.Exists(target))
        {
            File.SetLastWriteTimeUtc(target, ids.Now.UtcDateTime);
            return folder;
        }

        File.SetLastWriteTimeUtc(blob.AsidePath, ids.Now.UtcDateTime);
        // 3: also over one that is there. This one's content was just hashed; what the disk has made of the other nobody knows, and
        // sending a file once more is how its creator heals it.
        File.Move(blob.AsidePath, target, overwrite: true);
        return folder;
    }

    /// <summary>
    /// Whoever names a blob or takes it away does so alone, until the transaction has ended: PostgreSQL gives the lock
    /// back only after what the transaction wrote can be seen.
    /// </summary>
    public static Task Hold(Tx tx, params string[] sha256) => tx.Take(Turn.Blob, sha256);

    private string NewAside() => Path.Combine(Incoming, ids.New<Core.Ids.RequestId>().ToString());

    /// <summary>So many bytes of the stream, not synced; answers their SHA-256 and those of their blocks.</summary>
    private static async Task<(string Sha256, byte[] Blocks)> WriteExactly(Stream content, long sizeBytes, string path, CancellationToken stop)
    {
        using var hash = new BlockHasher();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // 1
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            for (long at = 0; at < sizeBytes;)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, sizeBytes - at));
                var read = await content.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, stop);
                if (read < part.Length)
                {
                    throw new InvalidDataException("The contents end before the files do.");
                }

                hash.Append(part.Span);
                RandomAccess.Write(file, part.Span, at);
                at += read;
            }

            return hash.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<ReceivedBlob> Write(Stream content, string path, CancellationToken stop)
    {
        using var hash = new BlockHasher();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // 1
            await using var file = new FileStream(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            long size = 0;
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0;)
            {
                hash.Append(buffer.AsSpan(0, read));
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
                size += read;
            }

            // 2
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            var (sha256, blocks) = hash.Finish();
            return new(sha256, size, path, blocks);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Content that arrived whole and lies aside. Disposing removes what was not kept.</summary>
/// <param name="Blocks">Hashes of its blocks (<see cref="BlockHasher"/>).</param>
internal sealed record ReceivedBlob(string Sha256, long SizeBytes, string AsidePath, byte[] Blocks) : IDisposable
{
    public void Dispose() => File.Delete(AsidePath);
}
