namespace Tallystick.Xrpl.Codec;

/// <summary>One field of an object and the bytes of its value, without header, length prefix and end marker.</summary>
/// <param name="Field">Which field.</param>
/// <param name="Value">The bytes.</param>
public readonly record struct SerializedField(Field Field, ReadOnlyMemory<byte> Value);
