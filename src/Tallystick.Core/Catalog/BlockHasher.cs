using System.Security.Cryptography;

namespace Tallystick.Core.Catalog;

/// <summary>
/// SHA-256 of a file, and of each block of it, in one reading: so that whoever later reads a part can tell whether it is what
/// was published, without reading the whole. The last block may be shorter.
/// </summary>
public sealed class BlockHasher : IDisposable
{
    /// <summary>
    /// Bytes of a block. A block is hashed before the first byte of it is delivered, so it is a matter of milliseconds; its hash
    /// takes 32 bytes, so those of a terabyte take eight megabytes.
    /// </summary>
    public const int BlockBytes = 4 * 1024 * 1024;

    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _block = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte> _blocks = [];
    private int _inBlock;

    /// <summary>How many blocks a file has.</summary>
    public static long BlocksOf(long sizeBytes) => (sizeBytes + BlockBytes - 1) / BlockBytes;

    /// <summary>Takes the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _whole.AppendData(bytes);
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, BlockBytes - _inBlock)];
            _block.AppendData(part);
            _inBlock += part.Length;
            bytes = bytes[part.Length..];
            if (_inBlock == BlockBytes)
            {
                EndBlock();
            }
        }
    }

    /// <summary>The hash of the whole, lower-case hex, and those of the blocks, one after the other; then it begins anew.</summary>
    public (string Sha256, byte[] Blocks) Finish()
    {
        if (_inBlock > 0)
        {
            EndBlock();
        }

        byte[] blocks = [.. _blocks];
        _blocks.Clear();
        return (Convert.ToHexStringLower(_whole.GetHashAndReset()), blocks);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _whole.Dispose();
        _block.Dispose();
    }

    private void EndBlock()
    {
        _blocks.AddRange(_block.GetHashAndReset());
        _inBlock = 0;
    }
}
