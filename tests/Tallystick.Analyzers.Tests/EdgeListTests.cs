using Tallystick.Analyzers.Tests.Support;

namespace Tallystick.Analyzers.Tests;

public class EdgeListTests
{
    [Fact]
    public async Task An_edge_that_no_code_uses_is_reported_at_its_line()
    {
        var report = await new Shop().Edges("# who uses whom\nCatalog -> Journal\n\nJournal -> Catalog").Report();

        var unused = report.ShouldHaveSingleItem();
        unused.Id.ShouldBe("TALLY005");
        unused.GetMessage(null).ShouldBe("The edge 'Journal -> Catalog' is not used by any code: delete it");
        unused.Location.GetLineSpan().Path.ShouldEndWith("module-edges.txt");
        unused.Location.GetLineSpan().StartLinePosition.Line.ShouldBe(3);
    }

    [Theory]
    [InlineData("Catalog => Journal", "is not of the form")]
    [InlineData("Catalog -> ", "'' is not the name of a module")]
    [InlineData("Catalog -> Journal -> Catalog", "is not of the form")]
    [InlineData("Catalog -> Catalog", "'Catalog' needs no edge to itself")]
    [InlineData("Catalog -> Foundation", "Every module may use Foundation")]
    [InlineData("Foundation -> Catalog", "Foundation may use no module")]
    [InlineData("Pages -> Catalog", "Pages may read every module's contracts")]
    [InlineData("Catalog -> Journal", "is listed twice")]
    [InlineData("Catalog -> Warehouse", "There is no module 'Warehouse'")]
    public async Task A_line_that_cannot_be_meant_is_reported(string line, string why)
    {
        var report = await new Shop().Edges($"Catalog -> Journal # receipts\n{line}").Report();

        report.ShouldContain(d => d.Id == "TALLY006" && d.GetMessage(null).Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_in_another_modules_folder_is_reported()
    {
        var shop = new Shop().File("Journal/Stray.cs", "namespace Tallystick.Server.Catalog; class Stray { }");

        (await shop.Ids()).ShouldBe(["TALLY007"]);
    }

    [Fact]
    public async Task A_module_without_a_table_of_contents_is_reported()
    {
        var shop = new Shop().File("Helpers/Text.cs", "namespace Tallystick.Server.Helpers; class Text { }");

        var report = await shop.Report();
        report.ShouldHaveSingleItem().Id.ShouldBe("TALLY008");
    }

    [Theory]
    [InlineData(70, 0)]
    [InlineData(71, 1)]
    public async Task A_function_over_seventy_lines_is_pointed_at_but_breaks_no_build(int lines, int expected)
    {
        var body = string.Concat(Enumerable.Repeat("\n", lines - 1));
        var report = await new Shop().Payments($"class Pay {{ void Do() {{{body}}} }}").Report(new LongFunctionAnalyzer());

        report.Count(d => d.Id == "TALLY070").ShouldBe(expected);
        report.ShouldAllBe(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Info);
    }
}
