using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>
/// An identifier that knows what it identifies: 128 bits, written as <c>prefix_</c> and 26 digits of Crockford's
/// base 32 in lower case, so that a work cannot be passed where a licence is meant, in code or in a URL.
/// </summary>
public interface ITypedId<TSelf> : IParsable<TSelf>
    where TSelf : struct, ITypedId<TSelf>
{
    /// <summary>What stands before the underscore.</summary>
    static abstract string Prefix { get; }

    /// <summary>The 128 bits, as they are stored.</summary>
    Guid Value { get; }

    /// <summary>Wraps stored bits.</summary>
    static abstract TSelf From(Guid value);
}

/// <summary>Text form of typed ids.</summary>
public static class TypedId
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int DigitCount = 26;

    /// <summary>Writes <c>prefix_0123…</c>.</summary>
    public static string Format<T>(T id)
        where T : struct, ITypedId<T> =>
        string.Create(T.Prefix.Length + 1 + DigitCount, id.Value, static (text, value) =>
        {
            T.Prefix.CopyTo(text);
            text[T.Prefix.Length] = '_';
            Span<byte> bytes = stackalloc byte[16];
            value.TryWriteBytes(bytes, bigEndian: true, out _);
            var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
            for (var i = text.Length - 1; i > T.Prefix.Length; i--)
            {
                text[i] = Digits[(int)(bits & 31)];
                bits >>= 5;
            }
        });

    /// <summary>Reads what <see cref="Format{T}"/> wrote; false for anything else, also for another prefix.</summary>
    public static bool TryParse<T>([NotNullWhen(true)] string? text, out T id)
        where T : struct, ITypedId<T>
    {
        id = default;
        if (text is null || text.Length != T.Prefix.Length + 1 + DigitCount ||
            !text.StartsWith(T.Prefix, StringComparison.Ordinal) || text[T.Prefix.Length] != '_')
        {
            return false;
        }

        var bits = UInt128.Zero;
        for (var i = T.Prefix.Length + 1; i < text.Length; i++)
        {
            var digit = Digits.IndexOf(text[i], StringComparison.Ordinal);
            // 26 digits hold 130 bits: the first may use only three of its five.
            if (digit < 0 || (i == T.Prefix.Length + 1 && digit > 7))
            {
                return false;
            }

            bits = (bits << 5) | (uint)digit;
        }

        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        id = T.From(new Guid(bytes, bigEndian: true));
        return true;
    }

    /// <summary>Reads an id or throws <see cref="FormatException"/> that says what was expected.</summary>
    public static T Parse<T>(string text)
        where T : struct, ITypedId<T> =>
        TryParse<T>(text, out var id)
            ? id
            : throw new FormatException($"'{text}' is not an id of the form {T.Prefix}_ and {DigitCount} characters.");
}
