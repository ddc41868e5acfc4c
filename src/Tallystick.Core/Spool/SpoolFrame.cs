using System.Buffers.Binary;
using System.Numerics;

namespace Tallystick.Core.Spool;

/// <summary>
/// A record on disk: length of the payload (4 bytes), CRC32C (4), kind (1), payload. The checksum covers kind and
/// payload and starts from the segment's number, so that bytes which belong to another file are not taken for ours.
/// Numbers are little endian.
/// </summary>
public static class SpoolFrame
{
    /// <summary>Bytes in front of the payload.</summary>
    public const int HeadBytes = 9;

    /// <summary>No payload is longer.</summary>
    public const int PayloadBytesMost = 1024;

    /// <summary>Fills in the head of a payload that already stands at <c>frame[HeadBytes..]</c>; returns the frame's length.</summary>
    public static int Close(Span<byte> frame, SpoolKind kind, int payloadBytes, long segment)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, payloadBytes);
        frame[8] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Checksum(frame.Slice(8, payloadBytes + 1), segment));
        return HeadBytes + payloadBytes;
    }

    /// <summary>Reads the frame at the start; false when none is whole and right there.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> from, long segment, out SpoolKind kind, out ReadOnlySpan<byte> payload, out int frameBytes)
    {
        kind = default;
        payload = default;
        frameBytes = 0;
        if (from.Length < HeadBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(from);
        if (length is < 0 or > PayloadBytesMost || from.Length < HeadBytes + length || from[8] == 0 ||
            BinaryPrimitives.ReadUInt32LittleEndian(from[4..]) != Checksum(from.Slice(8, length + 1), segment))
        {
            return false;
        }

        kind = (SpoolKind)from[8];
        payload = from.Slice(HeadBytes, length);
        frameBytes = HeadBytes + length;
        return true;
    }

    /// <summary>CRC32C (RFC 3720, 12.1) of bytes, begun from the number of what they belong to.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes, long segment)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, unchecked((ulong)segment));
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }
}
