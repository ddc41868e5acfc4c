using System.Security.Cryptography;

namespace Tallystick.Xrpl;

/// <summary>
/// Base58Check with the XRP Ledger's alphabet: version ‖ payload ‖ first four bytes of SHA-256(SHA-256).
/// https://xrpl.org/docs/references/protocol/data-types/base58-encodings
/// </summary>
internal static class Base58
{
    /// <summary>Longest input that is looked at: an account public key takes 52 characters, an X-address 47.</summary>
    public const int CharactersMax = 64;

    private const string Alphabet = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
    private const int ChecksumBytes = 4;
    private const int BytesMax = 48;

    // Value of each ASCII character, 255 for those outside the alphabet.
    private static readonly byte[] Values = MakeValues();

    /// <summary>Version and payload as text, with the checksum.</summary>
    public static string Encode(ReadOnlySpan<byte> version, ReadOnlySpan<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        var length = version.Length + payload.Length;
        version.CopyTo(bytes);
        payload.CopyTo(bytes[version.Length..]);
        Checksum(bytes[..length], bytes[length..]);
        bytes = bytes[..(length + ChecksumBytes)];

        var zeroes = bytes.Length - bytes.TrimStart((byte)0).Length;
        Span<char> text = stackalloc char[CharactersMax + BytesMax];
        var start = text.Length;
        var first = zeroes;
        while (first < bytes.Length)
        {
            var remainder = 0;
            for (var i = first; i < bytes.Length; i++)
            {
                var value = (remainder << 8) | bytes[i];
                bytes[i] = (byte)(value / 58);
                remainder = value % 58;
            }

            text[--start] = Alphabet[remainder];
            if (bytes[first] == 0)
            {
                first++;
            }
        }

        // A quotient may still lead with zero digits: count them out before the zeroes of the input are written.
        while (start < text.Length && text[start] == Alphabet[0])
        {
            start++;
        }

        for (var i = 0; i < zeroes; i++)
        {
            text[--start] = Alphabet[0];
        }

        return new string(text[start..]);
    }

    /// <summary>
    /// Reads text whose payload has exactly the length of <paramref name="payload"/> behind this version; returns
    /// null, or what is wrong.
    /// </summary>
    public static string? TryDecode(ReadOnlySpan<char> text, ReadOnlySpan<byte> version, Span<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        var problem = TryDecodeChecked(text, bytes, out var length);
        if (problem is not null)
        {
            return problem;
        }

        if (!bytes[..length].StartsWith(version))
        {
            return "another kind of value (its version prefix differs)";
        }

        if (length != version.Length + payload.Length)
        {
            return $"{length - version.Length} bytes of payload where {payload.Length} are needed";
        }

        bytes[version.Length..length].CopyTo(payload);
        CryptographicOperations.ZeroMemory(bytes);
        return null;
    }

    private static string? TryDecodeChecked(ReadOnlySpan<char> text, Span<byte> bytes, out int length)
    {
        length = 0;
        if (text.Length is 0 or > CharactersMax)
        {
            return text.IsEmpty ? "empty" : $"{text.Length} characters, more than any such value has";
        }

        // The digits are built right-aligned in the buffer, most significant byte first.
        bytes.Clear();
        foreach (var character in text)
        {
            int carry = character < 128 ? Values[character] : 255;
            if (carry == 255)
            {
                return $"character '{character}' at {text.IndexOf(character)} is not in the ledger's alphabet";
            }

            for (var i = bytes.Length - 1; i >= 0; i--)
            {
                carry += bytes[i] * 58;
                bytes[i] = (byte)(carry & 0xff);
                carry >>= 8;
            }

            if (carry != 0)
            {
                return "longer than any such value";
            }
        }

        var zeroes = text.Length - text.TrimStart(Alphabet[0]).Length;
        var digits = bytes.Length - bytes.TrimStart((byte)0).Length;
        length = zeroes + bytes.Length - digits;
        if (length is <= ChecksumBytes or > BytesMax)
        {
            return "too short or too long";
        }

        bytes[digits..].CopyTo(bytes[zeroes..]);
        bytes[..zeroes].Clear();
        length -= ChecksumBytes;
        Span<byte> checksum = stackalloc byte[ChecksumBytes];
        Checksum(bytes[..length], checksum);
        return checksum.SequenceEqual(bytes.Slice(length, ChecksumBytes)) ? null : "bad checksum";
    }

    private static void Checksum(ReadOnlySpan<byte> bytes, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        SHA256.HashData(hash, hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }

    private static byte[] MakeValues()
    {
        var values = new byte[128];
        Array.Fill(values, (byte)255);
        for (var i = 0; i < Alphabet.Length; i++)
        {
            values[Alphabet[i]] = (byte)i;
        }

        return values;
    }
}
