using System.Globalization;
using System.Text;

namespace Tallystick.Core.Texts;

/// <summary>What a reader sees of a text, and what a program must not take for something else.</summary>
public static class VisibleText
{
    /// <summary>
    /// Characters that leave no mark: format characters, among them those that turn the direction of text, and the fillers
    /// and selectors that Unicode counts as letters and marks (DerivedCoreProperties, Default_Ignorable_Code_Point).
    /// </summary>
    public static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control ||
        rune.Value is 0x34f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or 0x2800 or 0x3164 or 0xffa0
            or (>= 0x180b and <= 0x180f) or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0000 and <= 0xe0fff);

    /// <summary>
    /// The text as a cell of a table: a spreadsheet must not take somebody's words for a formula. What counts is the first
    /// character that is seen, in its ordinary shape: programs that import tables strip and fold before they look.
    /// </summary>
    public static string AsCell(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\r' or '\n')
            {
                return $"'{text}";
            }

            if (!IsInvisible(rune) && !Rune.IsWhiteSpace(rune))
            {
                return BeginsFormula(rune) ? $"'{text}" : text;
            }
        }

        return text;
    }

    // = + - @ and every character whose compatibility mapping (UnicodeData) begins with one of them, the sign − included.
    private static bool BeginsFormula(Rune rune) => rune.Value is '=' or '+' or '-' or '@'
        or 0xff1d or 0xfe66 or 0x207c or 0x208c or 0x2a75 or 0x2a76
        or 0xff0b or 0xfe62 or 0x207a or 0x208a or 0xfb29
        or 0xff0d or 0xfe63 or 0x2212 or 0x207b or 0x208b or 0x2010 or 0x2011
        or 0xff20 or 0xfe6b;
}
