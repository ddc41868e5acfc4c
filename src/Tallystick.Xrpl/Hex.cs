using System.Buffers;

namespace Tallystick.Xrpl;

/// <summary>Hexadecimal text of a known length, either case, without prefix or blanks.</summary>
internal static class Hex
{
    /// <summary>Whether the text is exactly as long as the destination needs, and all of it hexadecimal.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes) =>
        text.Length == bytes.Length * 2
        && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;

    public static void Read(ReadOnlySpan<char> text, Span<byte> bytes, string what)
    {
        if (!TryRead(text, bytes))
        {
            throw new XrplFormatException(
                text.Length == bytes.Length * 2
                    ? $"{what}: not hexadecimal at character {text.IndexOfAnyExcept(Digits)}"
                    : $"{what}: {text.Length} characters where {bytes.Length * 2} hexadecimal digits are needed",
                "");
        }
    }

    /// <summary>Any number of bytes.</summary>
    public static byte[] Read(string text, string what)
    {
        if (text.Length % 2 != 0)
        {
            throw new XrplFormatException($"{what}: an odd number of hexadecimal digits ({text.Length})", "");
        }

        var bytes = new byte[text.Length / 2];
        Read(text, bytes, what);
        return bytes;
    }

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");
}
