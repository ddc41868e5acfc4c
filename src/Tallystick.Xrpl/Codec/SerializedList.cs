namespace Tallystick.Xrpl.Codec;

/// <summary>The bytes of an array field.</summary>
internal static class SerializedList
{
    /// <summary>Its objects, each with the bytes of its fields.</summary>
    public static List<SerializedField> Read(ReadOnlyMemory<byte> list)
    {
        var elements = new List<SerializedField>();
        var reader = new BlobReader(list.Span);
        while (!reader.AtEnd)
        {
            var element = reader.ReadHeader();
            elements.Add(new SerializedField(element, list[reader.ReadValue(element, 0)]));
        }

        return elements;
    }
}
