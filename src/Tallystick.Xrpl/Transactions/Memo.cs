using System.Buffers;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>A note in a transaction. A payer chooses it freely: it proves nothing by itself.</summary>
/// <param name="Type">What kind of note, the bytes of an ASCII text.</param>
/// <param name="Data">The content. All memos of a transaction together stay below one kilobyte.</param>
/// <param name="Format">The media type of the content.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/common-fields#memos-field</remarks>
public sealed record Memo(ReadOnlyMemory<byte>? Type, ReadOnlyMemory<byte>? Data, ReadOnlyMemory<byte>? Format)
{
    internal static byte[] Write(IReadOnlyList<Memo> memos)
    {
        var list = new ArrayBufferWriter<byte>();
        var inner = new ArrayBufferWriter<byte>();
        foreach (var memo in memos)
        {
            inner.ResetWrittenCount();
            WritePart(inner, Fields.MemoType, memo.Type);
            WritePart(inner, Fields.MemoData, memo.Data);
            WritePart(inner, Fields.MemoFormat, memo.Format);
            BlobWriter.Write(list, Fields.Memo, inner.WrittenSpan);
        }

        return list.WrittenSpan.ToArray();
    }

    private static void WritePart(ArrayBufferWriter<byte> to, Field field, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is { } value)
        {
            BlobWriter.Write(to, field, value.Span);
        }
    }
}
