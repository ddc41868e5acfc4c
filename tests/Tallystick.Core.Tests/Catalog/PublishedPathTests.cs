using Tallystick.Core.Catalog;

namespace Tallystick.Core.Tests.Catalog;

/// <summary>What Linux, macOS and Windows cannot all store does not become a version.</summary>
public sealed class PublishedPathTests
{
    [Theory]
    [InlineData("both/inner.csv")]
    [InlineData("Größe & Gewicht (2).csv")]
    [InlineData("می\u200Cخواهم.txt")]
    [InlineData("👩\u200D🔬.png")]
    public void A_name_that_every_system_stores_is_fine(string path) => PublishedPath.Fault(path).ShouldBeNull();

    [Theory]
    [InlineData("CON")]
    [InlineData("a:b")]
    [InlineData("C:/x")]
    [InlineData(".tally/x")]
    [InlineData("a?.csv")]
    [InlineData("a*.csv")]
    [InlineData("<a>.csv")]
    [InlineData("a|b")]
    [InlineData("\"a\"")]
    [InlineData("a\u200E.csv")]
    [InlineData("a\u200Bb")]
    [InlineData("\uFEFFa")]
    [InlineData("a\u00ADb")]
    public void One_that_some_system_does_not_is_refused(string path) => PublishedPath.Fault(path).ShouldNotBeNull();

    [Fact]
    public void All_faults_are_told_each_once_and_good_names_are_not_among_them()
    {
        var faults = PublishedPath.FaultsOf(["both", "both/inner.csv", "fine.csv", "ü", "u\u0308", "CON", "x/CON"]);

        faults.Select(f => f.Path).ShouldBe(["both/inner.csv", "u\u0308", "CON", "x/CON"], ignoreOrder: true);
        faults.ShouldContain(f => f.ToString() == "'both/inner.csv': 'both' would have to be a file, and a folder for it.");
    }
}
