using System.Buffers;
using System.Buffers.Binary;

namespace Tallystick.Xrpl.Codec;

/// <summary>Writes fields in the form that <see cref="BlobReader"/> accepts.</summary>
internal static class BlobWriter
{
    public const byte ObjectEnd = 0xe1;
    public const byte ArrayEnd = 0xf1;
    private const int LengthMax = 918_744;

    /// <summary>Header, length prefix where the type has one, value, end marker where the type has one.</summary>
    public static void Write(ArrayBufferWriter<byte> to, Field field, ReadOnlySpan<byte> value)
    {
        to.Write(field.Header);
        if (field.HasLength)
        {
            WriteLength(to, value.Length);
        }

        to.Write(value);
        if (field.Type is FieldType.STObject or FieldType.STArray)
        {
            to.Write([field.Type == FieldType.STObject ? ObjectEnd : ArrayEnd]);
        }
    }

    private static void WriteLength(ArrayBufferWriter<byte> to, int length)
    {
        Span<byte> prefix = stackalloc byte[3];
        switch (length)
        {
            case <= 192:
                prefix[0] = (byte)length;
                to.Write(prefix[..1]);
                break;
            case <= 12_480:
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)((193 << 8) + length - 193));
                to.Write(prefix[..2]);
                break;
            case <= LengthMax:
                var rest = length - 12_481;
                prefix[0] = (byte)(241 + (rest >> 16));
                BinaryPrimitives.WriteUInt16BigEndian(prefix[1..], (ushort)(rest & 0xffff));
                to.Write(prefix);
                break;
            default:
                throw new XrplFormatException($"{length} bytes, more than the {LengthMax} a field may have", "");
        }
    }
}
