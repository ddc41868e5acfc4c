using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tallystick.Core.Transparency;

/// <summary>
/// A SHA-256 hash of a Merkle tree (RFC 6962 §2.1): 32 bytes held by value, so that tiles and proofs
/// are plain arrays of them.
/// </summary>
public readonly record struct MerkleHash
{
    /// <summary>Bytes in a hash.</summary>
    public const int Length = 32;

    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    /// <summary>A leaf up to this size is hashed on the stack; longer ones are hashed in pieces.</summary>
    private const int StackBytesMax = 1024;

    private readonly ulong _first, _second, _third, _fourth;

    /// <summary>Takes over 32 bytes.</summary>
    /// <exception cref="ArgumentException">The span is not 32 bytes long.</exception>
    public MerkleHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A hash has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        }

        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The hash of a tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).</summary>
    public static MerkleHash OfEmptyTree { get; } = new(SHA256.HashData([]));

    /// <summary>The hash of a leaf: SHA-256(0x00 ‖ data) (RFC 6962 §2.1).</summary>
    public static MerkleHash OfLeaf(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Length];
        if (data.Length < StackBytesMax)
        {
            Span<byte> message = stackalloc byte[StackBytesMax];
            message[0] = LeafPrefix;
            data.CopyTo(message[1..]);
            SHA256.HashData(message[..(data.Length + 1)], hash);
        }
        else
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            sha.AppendData([LeafPrefix]);
            sha.AppendData(data);
            sha.GetHashAndReset(hash);
        }

        return new MerkleHash(hash);
    }

    /// <summary>The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).</summary>
    public static MerkleHash OfNode(MerkleHash left, MerkleHash right)
    {
        Span<byte> message = stackalloc byte[1 + (2 * Length)];
        message[0] = NodePrefix;
        left.CopyTo(message[1..]);
        right.CopyTo(message[(1 + Length)..]);
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(message, hash);
        return new MerkleHash(hash);
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The target is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _first);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], _fourth);
    }

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads standard padded base64 (RFC 4648 §4); false when it is not exactly 32 bytes.</summary>
    public static bool TryParse(string? base64, out MerkleHash hash)
    {
        hash = default;
        if (!StrictBase64.TryDecode(base64, Length, out var bytes) || bytes.Length != Length)
        {
            return false;
        }

        hash = new MerkleHash(bytes);
        return true;
    }

    /// <summary>Standard padded base64 (RFC 4648 §4), as checkpoints and proofs spell it.</summary>
    public override string ToString() => Convert.ToBase64String(ToArray());
}
