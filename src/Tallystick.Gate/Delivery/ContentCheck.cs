using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Catalog;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// Whether what is read is what was published. A block is hashed when it is first asked for, and again when its file was
/// written anew or after an hour; in between it costs one look at the file's time. 1. A file of one block is checked by its name.
/// 2. Those of more by the hashes that publishing made, asked for once. 3. Where there are none (it was published before, or the
/// server is away) the whole is read in the background: until that has ended nothing is known against it, and it is delivered.
/// What is known to be wrong is not delivered before all of it was read once more and is right.
/// </summary>
internal sealed class ContentCheck(UpstreamServer server, GateClock clock, BlobCache blobs, ContentFaults faults)
{
    private const int ReadBytes = 256 * 1024;
    private static readonly TimeSpan AskMost = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HoldsFor = TimeSpan.FromHours(1);

    /// <summary>True when all of a stretch was checked before, and its file is still as it was then.</summary>
    public bool Holds(Blob blob, SafeFileHandle file, long offset, long length) =>
        blob.Fault == ContentFault.None && blob.Checked is { } known && IsOf(known, file) &&
        (known.HasCredit || known.Covers(offset, length));

    /// <summary>Checks what was not checked of a stretch; false when it is not what was published.</summary>
    public async ValueTask<bool> Check(Blob blob, SafeFileHandle file, long offset, long length, CancellationToken stop)
    {
        if (blob.Fault == ContentFault.WrongContent)
        {
            return false;
        }

        var known = await Known(blob, file, stop);
        for (var block = offset / known.Blocks.BlockBytes; !known.HasCredit && block * known.Blocks.BlockBytes < offset + length; block++)
        {
            if (!known.IsRight(block) && !await Once(blob, known, block).WaitAsync(stop))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Looks once more at content that cannot be delivered: at all of it, for where one block is wrong others may be.</summary>
    public async Task Again(Blob blob, CancellationToken stop)
    {
        using var file = blobs.Open(blob);
        if (file is null || blob.Fault == ContentFault.None ||
            (blob.SizeBytes > BlockHasher.BlockBytes && blob.Checked is { } known && IsOf(known, file)))
        {
            // Of a large one nothing is different before it was written anew: its disk has other work.
            return;
        }

        known = await Known(blob, file, stop);
        if (await ReadWhole(blob, known))
        {
            faults.Remove(blob);
        }
    }

    private bool IsOf(CheckedFile known, SafeFileHandle file) =>
        known.Written == File.GetLastWriteTimeUtc(file).Ticks && clock.Since(known.Since) < HoldsFor;

    private async ValueTask<CheckedFile> Known(Blob blob, SafeFileHandle file, CancellationToken stop)
    {
        var before = blob.Checked;
        if (before is not null && IsOf(before, file))
        {
            return before;
        }

        // 1, 2
        var blocks = blob.SizeBytes <= BlockHasher.BlockBytes ? BlockHashes.OfWhole(blob) : blob.Blocks ??= await Ask(blob, stop);
        var written = File.GetLastWriteTimeUtc(file).Ticks;
        var known = new CheckedFile(written, clock.Ticks, blocks ?? BlockHashes.OfWhole(blob), blocks is null);
        if (!blob.TryBegin(known, before))
        {
            return blob.Checked!;
        }

        if (known.HasCredit)
        {
            // 3
            _ = Once(blob, known, 0);
        }

        return known;
    }

    private async Task<BlockHashes?> Ask(Blob blob, CancellationToken stop)
    {
        try
        {
            var answer = await server.Get($"/gate/v1/blobs/{blob.Sha256}/blocks", AskMost, stop);
            return BlockHashes.Of(answer.Deserialize<BlobBlocks>(TallyJson.Options), blob.SizeBytes);
        }
        catch (Exception none) when (none is HttpRequestException or JsonException or FormatException)
        {
            return null;
        }
    }

    private Task<bool> Once(Blob blob, CheckedFile known, long block)
    {
        var reading = known.Reading.GetOrAdd(block, b => Task.Run(() => CheckBlock(blob, known, b)));
        if (reading.IsCompleted)
        {
            // It ended before it was noted: whoever asks next must not hear of then.
            known.Reading.TryRemove(new(block, reading));
        }

        return reading;
    }

    private async Task<bool> CheckBlock(Blob blob, CheckedFile known, long block)
    {
        try
        {
            // Its own: whoever asked first may go away.
            using var file = blobs.Open(blob);
            if (file is null || !await IsBlockRight(file, blob, known.Blocks, block))
            {
                return false;
            }

            known.Right(block);
            return true;
        }
        catch (IOException)
        {
            faults.Add(blob, ContentFault.Missing);
            return false;
        }
        finally
        {
            known.Reading.TryRemove(block, out _);
        }
    }

    private async Task<bool> ReadWhole(Blob blob, CheckedFile known)
    {
        for (var block = 0L; block < known.Blocks.Count; block++)
        {
            if (!await CheckBlock(blob, known, block))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> IsBlockRight(SafeFileHandle file, Blob blob, BlockHashes blocks, long block)
    {
        var from = block * blocks.BlockBytes;
        var count = Math.Min(blocks.BlockBytes, blob.SizeBytes - from);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            for (var read = 0L; read < count;)
            {
                var some = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(ReadBytes, count - read)), from + read);
                hash.AppendData(buffer, 0, some > 0 ? some : throw new EndOfStreamException("The blob is shorter than its work says."));
                read += some;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (hash.GetHashAndReset().AsSpan().SequenceEqual(blocks[block]))
        {
            return true;
        }

        faults.Add(blob, ContentFault.WrongContent);
        return false;
    }
}
