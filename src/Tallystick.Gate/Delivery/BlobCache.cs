using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Catalog;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Keeps small blobs in memory, up to a bound, from the second time they are asked for. When there is no room, the one
/// that was not asked for since the hand last passed goes (second chance).
/// </summary>
internal sealed class BlobCache(GateOptions options, ContentFaults faults)
{
    private readonly ConcurrentDictionary<string, WeakReference<Blob>> _named = new(StringComparer.Ordinal);
    private readonly Queue<Blob> _kept = new();
    private long _bytes;

    /// <summary>Bytes in memory.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The one object for a hash, shared by all files with the same content.</summary>
    public Blob Named(string sha256, long sizeBytes)
    {
        if (_named.TryGetValue(sha256, out var weak) && weak.TryGetTarget(out var known) && known.SizeBytes == sizeBytes)
        {
            return known;
        }

        var blob = new Blob(sha256, sizeBytes);
        _named[sha256] = new WeakReference<Blob>(blob);
        return blob;
    }

    /// <summary>The content when it is in memory, else null; then it may be loaded for the next time.</summary>
    public byte[]? Find(Blob blob)
    {
        blob.Recent = true;
        if (blob.Content is { } content)
        {
            return content;
        }

        if (blob.SizeBytes > options.CachedBlobBytesMost || blob.SizeBytes > options.CacheBytes)
        {
            return null;
        }

        if (!blob.Seen)
        {
            blob.Seen = true;
        }
        else if (Interlocked.CompareExchange(ref blob.Loading, 1, 0) == 0)
        {
            _ = Task.Run(() => Load(blob));
        }

        return null;
    }

    /// <summary>Opens the file; null when it is not there or has another size, which is then a fault.</summary>
    public SafeFileHandle? Open(Blob blob)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(Path.Combine(options.BlobFolder, BlobPath.Of(blob.Sha256)));
            if (RandomAccess.GetLength(handle) == blob.SizeBytes)
            {
                faults.Found(blob);
                return handle;
            }

            faults.Add(blob, ContentFault.WrongSize);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            faults.Add(blob, ContentFault.Missing);
        }

        handle?.Dispose();
        return null;
    }

    private void Load(Blob blob)
    {
        try
        {
            using var file = Open(blob);
            if (file is null)
            {
                return;
            }

            var content = GC.AllocateUninitializedArray<byte>((int)blob.SizeBytes);
            for (var read = 0; read < content.Length;)
            {
                var count = RandomAccess.Read(file, content.AsSpan(read), read);
                read += count > 0 ? count : throw new EndOfStreamException();
            }

            if (Convert.ToHexStringLower(SHA256.HashData(content)) != blob.Sha256)
            {
                faults.Add(blob, ContentFault.WrongContent);
                return;
            }

            Keep(blob, content);
        }
        catch (IOException)
        {
            faults.Add(blob, ContentFault.Missing);
        }
        finally
        {
            Volatile.Write(ref blob.Loading, 0);
        }
    }

    private void Keep(Blob blob, byte[] content)
    {
        lock (_kept)
        {
            while (_bytes + content.Length > options.CacheBytes && _kept.TryDequeue(out var oldest))
            {
                if (oldest.Recent)
                {
                    oldest.Recent = false;
                    _kept.Enqueue(oldest);
                    continue;
                }

                oldest.Content = null;
                oldest.Seen = false;
                Interlocked.Add(ref _bytes, -oldest.SizeBytes);
            }

            blob.Content = content;
            Interlocked.Add(ref _bytes, content.Length);
            _kept.Enqueue(blob);
        }
    }
}
