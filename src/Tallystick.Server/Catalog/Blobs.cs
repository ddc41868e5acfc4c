using System.Buffers;
using System.Security.Cryptography;
using Tallystick.Core.Catalog;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Content-addressed files. A blob appears under its name only when it is complete and on the disk: 1 write aside and
/// hash, 2 sync the file, 3 rename, 4 sync the folder. A crash leaves at most a file in <c>incoming</c>.
/// </summary>
internal sealed class Blobs(FoundationOptions options, IdSource ids) : IHostedService
{
    private const int BufferBytes = 256 * 1024;

    private readonly string _root = Path.Combine(options.DataFolder, "blobs");

    private string Incoming => Path.Combine(_root, "incoming");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Incoming);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Stores what the stream holds; null when its SHA-256 is not the one expected, and then nothing is kept.
    /// </summary>
    public async Task<StoredBlob?> Store(Stream content, string? expectedSha256, CancellationToken stop)
    {
        var aside = Path.Combine(Incoming, ids.New<Core.Ids.RequestId>().ToString());
        try
        {
            var (sha256, size) = await Write(content, aside, stop);
            if (expectedSha256 is not null && expectedSha256 != sha256)
            {
                return null;
            }

            var target = Path.Combine(_root, BlobPath.Of(sha256));
            if (!File.Exists(target))
            {
                var folder = Path.GetDirectoryName(target)!;
                Directory.CreateDirectory(folder);
                // 3: the same bytes under the same name, whoever comes second.
                File.Move(aside, target, overwrite: true);
                // 4: also the folders above, which may be new.
                DurableFile.SyncFolder(folder);
                DurableFile.SyncFolder(Path.GetDirectoryName(folder)!);
                DurableFile.SyncFolder(_root);
            }

            return new(sha256, size);
        }
        finally
        {
            File.Delete(aside);
        }
    }

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

/// <summary>What was stored.</summary>
internal sealed record StoredBlob(string Sha256, long SizeBytes);
