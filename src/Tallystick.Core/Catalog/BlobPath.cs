using System.Buffers;

namespace Tallystick.Core.Catalog;

/// <summary>Where a blob lies below the blob folder: the same for the server that writes it and the gate that reads it.</summary>
public static class BlobPath
{
    private const int HexCharacters = 64;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>True for 64 lower-case hexadecimal digits: nothing else names a blob.</summary>
    public static bool IsSha256(ReadOnlySpan<char> text) =>
        text.Length == HexCharacters && !text.ContainsAnyExcept(Hex);

    /// <summary>
    /// <c>ab/cd/abcd…</c> for a SHA-256 in lower-case hex: two levels, so that no folder grows beyond what tools bear.
    /// </summary>
    /// <exception cref="FormatException">The text is not a SHA-256: a path made from it could lead anywhere.</exception>
    public static string Of(string sha256) => IsSha256(sha256)
        ? $"{sha256[..2]}/{sha256[2..4]}/{sha256}"
        : throw new FormatException("A blob is named by 64 lower-case hexadecimal digits.");
}
