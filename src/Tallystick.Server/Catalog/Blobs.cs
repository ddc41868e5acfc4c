using System.Buffers;
using System.Security.Cryptography;
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
        var aside = Path.Combine(Incoming, ids.New<Core.Ids.RequestId>().ToString());
        try
        {
            var (sha256, size) = await Write(content, aside, stop);
            if (expectedSha256 is null || expectedSha256 == sha256)
            {
                return new(sha256, size, aside);
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
    /// The blob is under its name until the transaction ends, and afterwards if the transaction names it: from here to
    /// its end no sweep can take it away. Held before anything else, so that nobody waits for it with a row in hand.
    /// </summary>
    public async Task Keep(Tx tx, ReceivedBlob blob)
    {
        await Hold(tx, blob.Sha256);
        var target = Path.Combine(Root, BlobPath.Of(blob.Sha256));
        var folder = Path.GetDirectoryName(target)!;
        if (new FileInfo(target) is { Exists: true } there && there.Length == blob.SizeBytes)
        {
            // Used again: as young as the upload that uses it.
            File.SetLastWriteTimeUtc(target, ids.Now.UtcDateTime);
        }
        else
        {
            Directory.CreateDirectory(folder);
            File.SetLastWriteTimeUtc(blob.AsidePath, ids.Now.UtcDateTime);
            // 3
            File.Move(blob.AsidePath, target, overwrite: true);
        }

        // 4: also the folders above, which may be new; and for a blob that was there, whose upload may have died before it.
        DurableFile.SyncFolder(folder);
        DurableFile.SyncFolder(Path.GetDirectoryName(folder)!);
        DurableFile.SyncFolder(Root);
    }

    /// <summary>
    /// Whoever names a blob or takes it away does so alone, until the transaction has ended: PostgreSQL gives the lock
    /// back only after what the transaction wrote can be seen.
    /// </summary>
    public static Task Hold(Tx tx, string sha256) => tx.Take(Turn.Blob, sha256);

    private static async Task<(string Sha256, long Size)> Write(Stream content, string path, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // 1
            await using var file = new FileStream(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            long size = 0;
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
                size += read;
            }

            // 2
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            return (Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Content that arrived whole and lies aside. Disposing removes what was not kept.</summary>
internal sealed record ReceivedBlob(string Sha256, long SizeBytes, string AsidePath) : IDisposable
{
    public void Dispose() => File.Delete(AsidePath);
}
