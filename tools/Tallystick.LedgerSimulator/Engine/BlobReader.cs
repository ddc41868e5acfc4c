using System.Buffers.Binary;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A field inside a blob.</summary>
/// <param name="Type">Type code of the field.</param>
/// <param name="Code">Field code within the type.</param>
/// <param name="Start">Offset of its header.</param>
/// <param name="Body">Offset of its value, after header and length.</param>
/// <param name="End">Offset behind it, an end marker included.</param>
internal readonly record struct BlobField(int Type, int Code, int Start, int Body, int End)
{
    public int Key => (Type << 16) | Code;
}

/// <summary>Why a blob is not a canonical object.</summary>
internal sealed class BlobException(string why) : Exception(why);

/// <summary>
/// Walks a serialised object, strictly: known types, minimal headers, ascending fields, nothing behind. It shares
/// no code with Tallystick.Xrpl, so that a mistake there cannot hide behind the same mistake here.
/// </summary>
internal static class BlobReader
{
    private const int FieldsMax = 256;
    private const int DepthMax = 10;

    /// <summary>The fields of a top-level object.</summary>
    public static List<BlobField> Read(ReadOnlySpan<byte> blob)
    {
        var fields = new List<BlobField>(16);
        var at = ReadObject(blob, 0, fields, nested: false, depth: 0);
        return at == blob.Length ? fields : throw new BlobException("bytes behind the object");
    }

    /// <summary>The fields of an object that begins at an offset and ends with its marker.</summary>
    public static List<BlobField> ReadNested(ReadOnlySpan<byte> blob, int at)
    {
        var fields = new List<BlobField>(4);
        ReadObject(blob, at, fields, nested: true, depth: 1);
        return fields;
    }

    /// <summary>The objects of an array that begins at an offset.</summary>
    public static List<BlobField> ReadArray(ReadOnlySpan<byte> blob, int at)
    {
        var items = new List<BlobField>(4);
        ReadItems(blob, at, items, 1);
        return items;
    }

    private static int ReadObject(ReadOnlySpan<byte> blob, int at, List<BlobField>? fields, bool nested, int depth)
    {
        if (depth > DepthMax) throw new BlobException("nested too deep");
        var last = -1;
        for (var count = 0; ; count++)
        {
            if (at == blob.Length && !nested) return at;
            if (count > FieldsMax) throw new BlobException("too many fields");
            var start = at;
            var (type, code) = ReadHeader(blob, ref at);
            if (nested && type == 14 && code == 1) return at;
            var key = (type << 16) | code;
            if (key <= last) throw new BlobException("fields out of order or repeated");
            last = key;
            var (body, end) = ReadValue(blob, at, type, depth);
            at = end;
            fields?.Add(new(type, code, start, body, end));
        }
    }

    private static int ReadItems(ReadOnlySpan<byte> blob, int at, List<BlobField>? items, int depth)
    {
        if (depth > DepthMax) throw new BlobException("nested too deep");
        for (var count = 0; ; count++)
        {
            if (count > FieldsMax) throw new BlobException("too many items");
            var start = at;
            var (type, code) = ReadHeader(blob, ref at);
            if (type == 15 && code == 1) return at;
            if (type != 14 || code == 1) throw new BlobException("an array holds objects");
            var end = ReadObject(blob, at, null, nested: true, depth + 1);
            items?.Add(new(type, code, start, at, end));
            at = end;
        }
    }

    private static (int Type, int Code) ReadHeader(ReadOnlySpan<byte> blob, ref int at)
    {
        int first = Byte(blob, at++);
        int type = first >> 4, code = first & 15;
        if (type == 0)
        {
            type = Byte(blob, at++);
            if (type < 16) throw new BlobException("field header is not minimal");
        }
        if (code != 0) return (type, code);
        code = Byte(blob, at++);
        return code >= 16 ? (type, code) : throw new BlobException("field header is not minimal");
    }

    private static (int Body, int End) ReadValue(ReadOnlySpan<byte> blob, int at, int type, int depth)
    {
        var size = type switch
        {
            1 => 2,
            2 => 4,
            3 => 8,
            4 => 16,
            5 => 32,
            6 => (Byte(blob, at) & 0x80) != 0 ? 48 : (Byte(blob, at) & 0x20) != 0 ? 33 : 8,
            9 => 12,
            16 => 1,
            17 => 20,
            20 => 12,
            21 => 24,
            26 => 20,
            7 or 8 or 19 => ReadLength(blob, ref at),
            14 => ReadObject(blob, at, null, nested: true, depth + 1) - at,
            15 => ReadItems(blob, at, null, depth + 1) - at,
            18 => PathsLength(blob, at),
            _ => throw new BlobException($"unknown type {type}"),
        };
        if (type == 8 && size != 20) throw new BlobException("an account is 20 bytes");
        return size <= blob.Length - at ? (at, at + size) : throw new BlobException("ends inside a field");
    }

    private static int ReadLength(ReadOnlySpan<byte> blob, ref int at)
    {
        int first = Byte(blob, at++);
        if (first <= 192) return first;
        if (first <= 240) return 193 + (first - 193) * 256 + Byte(blob, at++);
        if (first > 254) throw new BlobException("invalid length");
        var length = 12481 + (first - 241) * 65536 + Byte(blob, at) * 256 + Byte(blob, at + 1);
        at += 2;
        return length;
    }

    private static int PathsLength(ReadOnlySpan<byte> blob, int at)
    {
        var from = at;
        while (true)
        {
            int kind = Byte(blob, at++);
            if (kind == 0) return at - from;
            if (kind == 0xFF) continue;
            if ((kind & ~0x31) != 0) throw new BlobException("unknown path step");
            at += 20 * System.Numerics.BitOperations.PopCount((uint)kind);
        }
    }

    private static byte Byte(ReadOnlySpan<byte> blob, int at) =>
        (uint)at < (uint)blob.Length ? blob[at] : throw new BlobException("ends inside a field");

    public static uint UInt32(ReadOnlySpan<byte> blob, BlobField f) => BinaryPrimitives.ReadUInt32BigEndian(blob[f.Body..]);
}
