using System.Globalization;
using System.Text;

namespace Tallystick.Core.Catalog;

/// <summary>A name, and in words for a person why it cannot be one.</summary>
public sealed record NameFault(string Path, string Reason)
{
    /// <summary>Two names are one file somewhere.</summary>
    public static NameFault OneFile(string path, string other) =>
        new(path, $"It and '{other}' are one file where cases or spellings of a letter are not told apart.");

    /// <summary>A folder that the name needs is a file.</summary>
    public static NameFault BelowAFile(string path, string file) => new(path, $"'{file}' would have to be a file, and a folder for it.");

    /// <summary>The name of a file is needed as a folder.</summary>
    public static NameFault AboveAFile(string path, string inner) => new(path, $"It would have to be a file, and a folder for '{inner}'.");

    /// <summary>For a terminal: what steers it, or cannot be seen, is written out.</summary>
    public override string ToString()
    {
        var shown = new StringBuilder();
        foreach (var rune in Path.EnumerateRunes())
        {
            _ = Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                ? shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}")
                : shown.Append(rune);
        }

        return $"'{shown}': {Reason}";
    }
}
