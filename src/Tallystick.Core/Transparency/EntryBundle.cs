using System.Buffers.Binary;

namespace Tallystick.Core.Transparency;

/// <summary>
/// Log entries as they are served (C2SP tlog-tiles, "Log entries"): each one a big-endian 16-bit length and
/// its bytes.
/// </summary>
public static class EntryBundle
{
    /// <summary>The longest entry that the length prefix can carry, in bytes.</summary>
    public const int EntryBytesMax = ushort.MaxValue;

    /// <summary>Joins 1 to 256 entries.</summary>
    /// <exception cref="ArgumentException">There are none or more than 256, or one is longer than 65 535 bytes.</exception>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        if (entries.Count is 0 or > TileAddress.FullWidth)
        {
            throw new ArgumentException($"A bundle has 1 to 256 entries, not {entries.Count}.", nameof(entries));
        }

        var bytes = new byte[entries.Sum(entry => sizeof(ushort) + entry.Length)];
        var rest = bytes.AsSpan();
        foreach (var entry in entries)
        {
            if (entry.Length > EntryBytesMax)
            {
                throw new ArgumentException($"An entry has {entry.Length} bytes, 65535 is the most.", nameof(entries));
            }

            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)entry.Length);
            entry.Span.CopyTo(rest[sizeof(ushort)..]);
            rest = rest[(sizeof(ushort) + entry.Length)..];
        }

        return bytes;
    }

    /// <summary>Splits a bundle; false when it ends inside an entry, is empty or holds more than 256.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bundle, out IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var read = new List<ReadOnlyMemory<byte>>();
        entries = [];
        while (!bundle.IsEmpty)
        {
            if (bundle.Length < sizeof(ushort) || read.Count == TileAddress.FullWidth)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (bundle.Length < sizeof(ushort) + length)
            {
                return false;
            }

            read.Add(bundle.Slice(sizeof(ushort), length));
            bundle = bundle[(sizeof(ushort) + length)..];
        }

        entries = read;
        return read.Count > 0;
    }
}
