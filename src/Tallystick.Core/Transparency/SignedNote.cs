using System.Buffers.Binary;
using System.Text;

namespace Tallystick.Core.Transparency;

/// <summary>One signature line of a note.</summary>
/// <param name="KeyName">Name of the key that signed.</param>
/// <param name="KeyId">First four bytes of the hash over name, type and key, big endian.</param>
/// <param name="Bytes">What follows the key id: the form depends on the type of the key.</param>
public sealed record NoteSignature(string KeyName, uint KeyId, byte[] Bytes)
{
    internal const string LinePrefix = "— ";

    /// <summary>The line as it stands in a note, without its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.CopyTo(bytes, sizeof(uint));
        return $"{LinePrefix}{KeyName} {Convert.ToBase64String(bytes)}";
    }
}

/// <summary>
/// A text with signatures (C2SP signed-note, "Format"): the text, a blank line, and one line per signature.
/// Nothing about it is trusted before <see cref="VerifierKey.Verify"/> has accepted a signature.
/// </summary>
/// <param name="Text">The signed text. It ends with a newline, which is signed too.</param>
/// <param name="Signatures">At least one, in the order in which they stand.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Longest note that is read, in characters: room for post-quantum cosignatures of many witnesses.</summary>
    public const int LengthMax = 256 * 1024;

    /// <summary>Most signatures that are read; the format asks for at least 16.</summary>
    public const int SignaturesMax = 64;

    /// <summary>Longest signature that is read, in bytes: an ML-DSA-44 cosignature has 2 428.</summary>
    private const int SignatureBytesMax = 8 * 1024;

    /// <summary>Reads a note; false when it is not well formed.</summary>
    public static bool TryParse(string? note, out SignedNote parsed)
    {
        parsed = null!;
        if (note is null || note.Length > LengthMax || note.Any(c => c < ' ' && c != '\n') || !IsUnicode(note))
        {
            return false;
        }

        // "the text is separated from the signatures by the last empty line in the note"
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n'))
        {
            return false;
        }

        var lines = note[(end + 2)..].Split('\n');
        if (lines.Length < 2 || lines.Length - 1 > SignaturesMax)
        {
            return false;
        }

        var signatures = new List<NoteSignature>(lines.Length - 1);
        foreach (var line in lines[..^1])
        {
            if (!TryParseLine(line, out var signature))
            {
                return false;
            }

            signatures.Add(signature);
        }

        parsed = new SignedNote(note[..(end + 1)], signatures);
        return true;
    }

    /// <summary>The bytes that are signed.</summary>
    public byte[] SignedBytes => Encoding.UTF8.GetBytes(Text);

    /// <summary>The whole note as it is served.</summary>
    public override string ToString() => Text + "\n" + string.Concat(Signatures.Select(s => s + "\n"));

    /// <summary>Key names are not empty and hold neither white space nor a plus sign.</summary>
    internal static bool IsKeyName(string name) =>
        name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+') && IsUnicode(name);

    private static bool TryParseLine(string line, out NoteSignature signature)
    {
        signature = null!;
        if (!line.StartsWith(NoteSignature.LinePrefix, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = line[NoteSignature.LinePrefix.Length..].Split(' ');
        if (parts.Length != 2 || !IsKeyName(parts[0])
            || !StrictBase64.TryDecode(parts[1], SignatureBytesMax, out var bytes) || bytes.Length <= sizeof(uint))
        {
            return false;
        }

        signature = new NoteSignature(
            parts[0], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[sizeof(uint)..]);
        return true;
    }

    /// <summary>No lone surrogates: such a string has no UTF-8 form, so it cannot have been signed.</summary>
    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
