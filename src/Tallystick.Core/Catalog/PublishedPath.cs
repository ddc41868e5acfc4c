using System.Buffers;
using System.Globalization;
using System.Text;

namespace Tallystick.Core.Catalog;

/// <summary>
/// The rule for names when they are published: what Linux, macOS and Windows cannot all store does not become a version.
/// Stricter than <see cref="ConfinedPath"/>, by which is pulled: what was sold before a rule can be pulled wherever it can lie.
/// </summary>
public static class PublishedPath
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    private static readonly SearchValues<char> RefusedByWindows = SearchValues.Create("<>\"|?*");

    /// <summary>What is wrong with a name by itself, in words for a person, or null.</summary>
    public static string? Fault(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (ConfinedPath.Fault(path) is { } fault)
        {
            return fault;
        }

        if (path.AsSpan().IndexOfAny(RefusedByWindows) is >= 0 and var at)
        {
            return $"Windows stores no name with '{path[at]}' in it.";
        }

        return path.EnumerateRunes().FirstOrDefault(IsUnseen) is { Value: > 0 } unseen
            ? $"A path has no characters that cannot be seen, such as U+{unseen.Value:X4}."
            : null;
    }

    /// <summary>All that is wrong with names that are to be one version.</summary>
    public static IReadOnlyList<NameFault> FaultsOf(IReadOnlyCollection<string> paths) => ConfinedPath.FaultsOf(paths, Fault);

    // Words of some languages need the two joiners, and so do many emoji; flags of regions are written with tags.
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format &&
        rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner or (>= 0xE0020 and <= 0xE007F));
}

/// <summary>By what a name is compared with others that are stored already, so that not all of them need to be read.</summary>
/// <param name="Key">Equal: one file where cases are not told apart.</param>
/// <param name="Skeleton">Equal, with another <paramref name="Pattern"/>: one file where spellings of a letter are not told apart.</param>
/// <param name="Pattern">How each letter with a mark is spelt.</param>
public sealed record NameKeys(string Key, string Skeleton, string Pattern)
{
    /// <summary>The keys of a name that passes <see cref="PublishedPath.Fault"/>.</summary>
    public static NameKeys Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var spelling = Spelling.Of(path);
        return new(spelling.Key, spelling.Skeleton, spelling.Pattern);
    }

    /// <summary>Keys of the folders that the name needs: none of them may be a file.</summary>
    public IEnumerable<string> Folders => ConfinedPath.FoldersOf(Key);
}
