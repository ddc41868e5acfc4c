using System.Globalization;
using System.Text;

namespace Tallystick.Core.Catalog;

/// <summary>
/// How a name is spelt, to find two that some file systems take for one. The product runs without the tables of Unicode
/// normalisation, so names are compared by outline: the same outline with a letter composed in one name and made of letter
/// and mark in the other. That may take two names for one that only look alike; of a pair it misses only one that differs
/// in nothing but the order of several marks on a letter.
/// </summary>
/// <param name="Key">In one case, without the characters that show nothing.</param>
/// <param name="Skeleton">The key with a blank outline for every letter that has a mark, in whichever spelling.</param>
/// <param name="Pattern">For every outline: <c>c</c> composed, <c>m</c> a mark of its own.</param>
internal readonly record struct Spelling(string Key, string Skeleton, string Pattern)
{
    /// <summary>No name holds a control character, so that it stands for nothing else.</summary>
    private const char Outline = '\u0001';

    private const string UncomposedLatin = "đħıĳĸŀłŉŋœŧſ";

    private const string ComposedCyrillic = "ѐёѓїќѝўйӂӑӓӗӛӝӟӣӥӧӫӭӯӱӵӹѷ";

    private const string ComposedKana =
        "がぎぐげござじずぜぞだぢづでどばぱびぴぶぷべぺぼぽゔゞガギグゲゴザジズゼゾダヂヅデドバパビピブプベペボポヴヷヸヹヺヾ";

    public static Spelling Of(string name)
    {
        var (key, skeleton, pattern) = (new StringBuilder(name.Length), new StringBuilder(name.Length), new StringBuilder());
        foreach (var rune in FilePath.Key(name).EnumerateRunes().Where(r => Rune.GetUnicodeCategory(r) != UnicodeCategory.Format))
        {
            key.Append(rune);
            if (IsMark(rune) && skeleton.Length > 0)
            {
                if (skeleton[^1] != Outline)
                {
                    skeleton.Length -= skeleton.Length > 1 && char.IsLowSurrogate(skeleton[^1]) ? 2 : 1;
                    skeleton.Append(Outline);
                    pattern.Append('|');
                }

                pattern.Append('m');
            }
            else if (IsComposed(rune))
            {
                skeleton.Append(Outline);
                pattern.Append("|c");
            }
            else
            {
                skeleton.Append(rune);
            }
        }

        return new(key.ToString(), skeleton.ToString(), pattern.ToString());
    }

    /// <summary>Marks with which composed letters are written out, and the parts of a Hangul syllable after the first.</summary>
    private static bool IsMark(Rune rune) => rune.Value is
        (>= 0x0300 and <= 0x036F) or 0x0653 or 0x0654 or 0x0655 or 0x3099 or 0x309A or (>= 0x1161 and <= 0x11C2);

    private static bool IsComposed(Rune rune) => rune.Value switch
    {
        >= 0x00E0 and <= 0x00FF => rune.Value is not (0xE6 or 0xF0 or 0xF7 or 0xF8 or 0xFE),
        >= 0x0100 and <= 0x017F => !UncomposedLatin.Contains((char)rune.Value, StringComparison.Ordinal),
        0x01A1 or 0x01B0 or (>= 0x01CE and <= 0x0233) => true,
        >= 0x0386 and <= 0x03CE => rune.Value is <= 0x0390 or (>= 0x03AA and <= 0x03B0) or >= 0x03CA,
        >= 0x0400 and <= 0x04FF => ComposedCyrillic.Contains((char)rune.Value, StringComparison.Ordinal),
        >= 0x0622 and <= 0x0626 => true,
        >= 0x3040 and <= 0x30FF => ComposedKana.Contains((char)rune.Value, StringComparison.Ordinal),
        >= 0x1E00 and <= 0x1FFF => true,
        >= 0xAC00 and <= 0xD7A3 => true,
        _ => false,
    };
}
