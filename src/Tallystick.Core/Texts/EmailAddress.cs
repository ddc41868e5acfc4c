using System.Globalization;
using System.Text;

namespace Tallystick.Core.Texts;

/// <summary>
/// The one form of an e-mail address that is stored and compared: two addresses that look alike are one, or are refused.
/// Which mailboxes exist only the mail server knows.
/// </summary>
public static class EmailAddress
{
    /// <summary>In characters (RFC 5321, section 4.5.3.1.3, less the brackets).</summary>
    public const int LengthMost = 254;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = true };

    /// <summary>
    /// 1. Blanks around it are no part of it. 2. One @, nothing blank or unprintable. 3. Beyond ASCII only letters, digits
    /// and the marks on them: what is invisible, steers the direction of text or is only another shape of a letter is
    /// refused. 4. Letters of one script that looks like others do not stand beside letters of those. 5. Lower case, and the
    /// domain by IDNA (RFC 5891) in its ASCII form.
    /// </summary>
    /// <param name="composed">In Unicode's form NFC: the tables for it are no part of this program.</param>
    /// <returns>Null when it is no address.</returns>
    public static string? Normal(string? composed)
    {
        // 1.
        var text = composed?.Trim();
        if (text is null || text.Length > LengthMost)
        {
            return null;
        }

        // 2.
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 1 || at != text.LastIndexOf('@') || at == text.Length - 1)
        {
            return null;
        }

        // 3. and 4.
        var (local, domain) = (text[..at], text[(at + 1)..]);
        if (!IsPlain(local) || !domain.Split('.').All(IsPlain))
        {
            return null;
        }

        // 5.
        return Ascii(domain.ToLowerInvariant()) is { } ascii ? $"{local.ToLowerInvariant()}@{ascii}" : null;
    }

    private static string? Ascii(string domain)
    {
        if (System.Text.Ascii.IsValid(domain))
        {
            return domain;
        }

        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsPlain(string part)
    {
        var looks = Looks.None;
        foreach (var rune in part.EnumerateRunes())
        {
            if (rune.IsAscii ? rune.Value is <= ' ' or 0x7f : !IsLetterOfItsOwn(rune))
            {
                return false;
            }

            looks |= LooksOf(rune);
        }

        return looks is Looks.None or Looks.Latin or Looks.Greek or Looks.Cyrillic or Looks.RightToLeft;
    }

    private static bool IsLetterOfItsOwn(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter
            or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark &&
        !VisibleText.IsInvisible(rune) &&
        rune.Value is not
            // Small letters beside others, letters as symbols, halves of syllables, ligatures, other shapes, other widths.
            ((>= 0x2b0 and <= 0x2ff) or (>= 0x1d2c and <= 0x1d6a) or (>= 0x2070 and <= 0x209f) or (>= 0x2100 and <= 0x214f)
            or (>= 0x1100 and <= 0x11ff) or (>= 0x3130 and <= 0x318f) or (>= 0xfb00 and <= 0xfdff) or (>= 0xfe70 and <= 0xffef)
            or (>= 0x1d400 and <= 0x1d7ff));

    private static Looks LooksOf(Rune rune) => rune.Value switch
    {
        (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= 0xc0 and <= 0x24f) or (>= 0x1e00 and <= 0x1eff) => Looks.Latin,
        (>= 0x370 and <= 0x3ff) or (>= 0x1f00 and <= 0x1fff) => Looks.Greek,
        >= 0x400 and <= 0x52f => Looks.Cyrillic,
        (>= 0x590 and <= 0x8ff) or (>= 0x10800 and <= 0x10fff) or (>= 0x1e800 and <= 0x1efff) => Looks.RightToLeft,
        _ => Looks.None,
    };

    // Scripts with letters that look like another's, or that turn the order of what is beside them.
    [Flags]
    private enum Looks
    {
        None = 0,
        Latin = 1,
        Greek = 2,
        Cyrillic = 4,
        RightToLeft = 8,
    }
}
