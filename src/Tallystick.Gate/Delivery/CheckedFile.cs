using System.Collections.Concurrent;
using System.Buffers.Text;
using System.Security.Cryptography;
using Tallystick.Core.Gates;

namespace Tallystick.Gate.Delivery;

/// <summary>Hashes of the parts of a file.</summary>
/// <param name="BlockBytes">Bytes of a block; the last may be shorter.</param>
/// <param name="Hashes">SHA-256 of each, one after the other.</param>
internal sealed record BlockHashes(long BlockBytes, ReadOnlyMemory<byte> Hashes)
{
    private const int BlockBytesLeast = 64 * 1024;
    private const int BlockBytesMost = 64 * 1024 * 1024;

    /// <summary>A file that is one block: its name is its hash.</summary>
    public static BlockHashes OfWhole(Blob blob) => new(Math.Max(1, blob.SizeBytes), Convert.FromHexString(blob.Sha256));

    /// <summary>What the server says; null when it does not fit the file.</summary>
    public static BlockHashes? Of(BlobBlocks? answer, long sizeBytes)
    {
        if (answer is not { BlockBytes: >= BlockBytesLeast and <= BlockBytesMost })
        {
            return null;
        }

        var hashes = Base64Url.DecodeFromChars(answer.Hashes);
        var blocks = (sizeBytes + answer.BlockBytes - 1) / answer.BlockBytes;
        return hashes.Length == blocks * SHA256.HashSizeInBytes ? new(answer.BlockBytes, hashes) : null;
    }

    public ReadOnlySpan<byte> this[long block] =>
        Hashes.Span.Slice((int)block * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);

    public int Count => Hashes.Length / SHA256.HashSizeInBytes;
}

/// <summary>What was checked of a file as it was written once: another time of writing, or an hour, begins it anew.</summary>
/// <param name="Written">Ticks of the file's time of writing.</param>
/// <param name="Since">When this began, as the gate's clock ticks.</param>
/// <param name="Blocks">What it is checked by.</param>
/// <param name="HasCredit">There are no hashes of its parts: until the whole was read, nothing is known against it.</param>
internal sealed record CheckedFile(long Written, long Since, BlockHashes Blocks, bool HasCredit)
{
    private readonly byte[] _right = new byte[Blocks.Count];

    /// <summary>Blocks that are being read: a crowd that asks for the same one does not hash it many times.</summary>
    public ConcurrentDictionary<long, Task<bool>> Reading { get; } = new();

    public bool IsRight(long block) => Volatile.Read(ref _right[block]) == 1;

    public void Right(long block) => Volatile.Write(ref _right[block], 1);

    /// <summary>All blocks of a stretch were checked.</summary>
    public bool Covers(long offset, long length)
    {
        for (var block = offset / Blocks.BlockBytes; block * Blocks.BlockBytes < offset + length; block++)
        {
            if (!IsRight(block))
            {
                return false;
            }
        }

        return true;
    }
}
