using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Tallystick.Core.Licences;

/// <summary>
/// Unpadded base64url with one spelling per value (RFC 7515, 2; RFC 4648, 3.5). The framework's decoder also takes
/// padding, white space and stray bits in the last digit: then many texts would mean the same token.
/// </summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>Bytes that this many digits stand for; -1 when no text has this length.</summary>
    public static int DecodedBytes(int digits) => digits % 4 == 1 ? -1 : digits * 3 / 4;

    /// <summary>Decodes into exactly the start of <paramref name="bytes"/>; false for any other spelling.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> digits, Span<byte> bytes, out int written)
    {
        written = DecodedBytes(digits.Length);
        return written >= 0 && written <= bytes.Length && !digits.ContainsAnyExcept(Alphabet) &&
            LastDigitIsCanonical(digits) &&
            Base64Url.DecodeFromUtf8(digits, bytes, out _, out var count) == OperationStatus.Done && count == written;
    }

    /// <summary>Decodes a text that must fill <paramref name="bytes"/> exactly.</summary>
    public static bool TryDecode(string? digits, Span<byte> bytes)
    {
        const int digitsMost = 128;
        if (digits is null || digits.Length > digitsMost || DecodedBytes(digits.Length) != bytes.Length)
        {
            return false;
        }

        Span<byte> ascii = stackalloc byte[digitsMost];
        return Ascii.FromUtf16(digits, ascii, out var length) == OperationStatus.Done &&
            TryDecode(ascii[..length], bytes, out _);
    }

    private static bool LastDigitIsCanonical(ReadOnlySpan<byte> digits)
    {
        var unused = (digits.Length % 4) switch { 2 => 0b1111, 3 => 0b11, _ => 0 };
        return unused == 0 || (Value(digits[^1]) & unused) == 0;
    }

    private static int Value(byte digit) => digit switch
    {
        >= (byte)'A' and <= (byte)'Z' => digit - 'A',
        >= (byte)'a' and <= (byte)'z' => digit - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => digit - '0' + 52,
        (byte)'-' => 62,
        _ => 63,
    };
}
