using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Catalog;

namespace Tallystick.Core.Tests.Catalog;

/// <summary>Names from elsewhere never leave the folder they are to lie in, on whichever system it is.</summary>
public sealed class ConfinedPathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.csv")]
    [InlineData(".hidden/ü ü.csv")]
    [InlineData("contents/auxiliary.csv")]
    [InlineData("com/computer10.txt")]
    [InlineData("inner/.tally")]
    public void A_plain_name_lies_in_the_folder(string path) => ConfinedPath.Fault(path).ShouldBeNull();

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("..\\a")]
    [InlineData("\\\\host\\share\\a")]
    [InlineData("C:/a")]
    [InlineData("C:a")]
    [InlineData("a.csv:stream")]
    [InlineData("a\0b")]
    [InlineData("NUL")]
    [InlineData("a/con.txt")]
    [InlineData("Aux .csv")]
    [InlineData("lpt1.tar.gz/b")]
    [InlineData("COM¹")]
    [InlineData(".tally/x")]
    [InlineData(".TALLY/x")]
    [InlineData(".ta\u200Blly/x")]
    [InlineData("TALLY~1/x")]
    [InlineData("a./b")]
    public void A_name_that_leads_elsewhere_on_any_system_is_refused(string path) => ConfinedPath.Fault(path).ShouldNotBeNull();

    [Theory]
    [InlineData("Data.csv", "data.csv")]
    [InlineData("a/B/c", "A/b/C")]
    [InlineData("ü.csv", "u\u0308.csv")]
    [InlineData("Å/x", "a\u030A/x")]
    [InlineData("ế", "ê\u0301")]
    [InlineData("ế", "e\u0302\u0301")]
    [InlineData("й", "и\u0306")]
    [InlineData("が", "か\u3099")]
    [InlineData("한", "\u1112\u1161\u11AB")]
    [InlineData("a\u200Bb", "ab")]
    [InlineData("same", "same")]
    [InlineData("a", "a/b")]
    [InlineData("A/b", "a")]
    public void Two_names_that_are_one_file_somewhere_are_refused_together(string one, string other)
    {
        ConfinedPath.FaultOfAll([one, "z", other]).ShouldNotBeNull();
        ConfinedPath.FaultOfAll([other, "z", one]).ShouldNotBeNull();
        ConfinedPath.FaultOfAll([one, "z"]).ShouldBeNull();
    }

    [Fact]
    public void Names_that_only_look_alike_are_not()
    {
        ConfinedPath.FaultOfAll(["a.csv", "ä.csv", "ö.csv", "o.csv", "b/a.csv", "b/c", "ü/1", "ü/2"]).ShouldBeNull();
        ConfinedPath.FaultOfAll(["Мои.csv", "Мои\u0306.csv"]).ShouldBeNull();
        ConfinedPath.FaultOfAll(["e\u0302\u0301", "e\u0302\u0300"]).ShouldBeNull();
        ConfinedPath.FaultOfAll(["か", "か\u3099", "*", "x"]).ShouldBeNull();
        ConfinedPath.FaultOfAll(Enumerable.Range(0, 10_000).Select(i => $"part-{i}/x").ToList()).ShouldBeNull();
    }

    [Fact]
    public void No_name_that_passes_leaves_its_folder()
    {
        var piece = Gen.Elements(
            "a", "..", ".", "", "/", "\\", "C:", ":", "~", "\0", "\n", "%2f", "%5c", "con", ".tally", "ü", "u\u0308", "\u202E", " ", "x.csv", "\ud800");
        var names = from count in Gen.Choose(0, 8) from pieces in Gen.ArrayOf(piece, count) select string.Concat(pieces);

        Check.QuickThrowOnFailure(Prop.ForAll(names.ToArbitrary(), name =>
        {
            var passes = ConfinedPath.Fault(name) is null;
            var root = Path.GetFullPath("/some/folder") + "/";
            return !passes || Path.GetFullPath(Path.Combine(root, name)).StartsWith(root, StringComparison.Ordinal) &&
                Path.GetFullPath(Path.Combine(root, name)) == root + name && !name.Contains('\\', StringComparison.Ordinal);
        }));
    }
}
