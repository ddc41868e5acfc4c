using Tallystick.Analyzers.Tests.Support;

namespace Tallystick.Analyzers.Tests;

public class ContractsTests
{
    private const string Edges = "Catalog -> Journal\nPayments -> Journal";
    private const string Inside = "Tallystick.Server.Journal";
    private const string Contracts = "Tallystick.Server.Journal.Contracts";

    public static TheoryData<string, string> UsesOfTheInside => new()
    {
        { "a field", $"class Pay {{ {Inside}.Posting posting; }}" },
        { "an attribute", $"[{Inside}.Booked] class Pay {{ }}" },
        { "a base type", $"class Pay : {Inside}.Posting {{ }}" },
        { "a type argument", $"class Pay {{ object Do() => {Contracts}.Books.Make<{Inside}.Posting>(); }}" },
        { "typeof", $"class Pay {{ object type = typeof({Inside}.Posting); }}" },
        { "a static member", $"class Pay {{ object Do() => {Inside}.Posting.First; }}" },
        { "var", $"class Pay {{ void Do({Contracts}.Books books) {{ var p = books.Hidden(); }} }}" },
        { "a chained member", $"class Pay {{ long Do({Contracts}.Books books) => books.Hidden().Amount; }}" },
        { "a target-typed new", $"class Pay {{ void Do({Contracts}.Books books) => books.Keep(new()); }}" },
        { "the table of contents", $"class Pay {{ object type = nameof({Inside}.JournalModule); }}" },
    };

    [Theory]
    [MemberData(nameof(UsesOfTheInside))]
    public async Task Whatever_is_not_a_contract_is_refused_even_over_a_listed_edge(string use, string members)
    {
        var report = await new Shop().Edges(Edges).Payments(members).Report();

        report.Select(d => d.Id).Distinct().ShouldBe(["TALLY002"], use);
    }

    [Fact]
    public async Task An_extension_method_of_the_inside_is_refused()
    {
        var shop = new Shop().Edges(Edges).Payments(
            "class Pay { string Do() => \"a\".Book(); }", above: $"using {Inside};");

        (await shop.Ids()).ShouldBe(["TALLY002"]);
    }

    [Fact]
    public async Task Pages_may_not_look_inside_either()
    {
        var shop = new Shop().File(
            "Pages/Shelf.cs", $"namespace Tallystick.Server.Pages; class PagesModule {{ {Inside}.Posting posting; }}");

        (await shop.Ids()).ShouldBe(["TALLY002"]);
    }

    [Theory]
    [InlineData("namespace Tallystick.Server; class ServerApp { string Do() => Journal.JournalModule.AddJournal(\"a\"); }")]
    [InlineData("class Start { string Do() => Tallystick.Server.Journal.JournalModule.AddJournal(\"a\"); }")]
    [InlineData("namespace Tallystick.Server; class ServerApp { Foundation.Database database; }")]
    public async Task The_composition_root_may_touch_tables_of_contents_and_foundation(string text) =>
        (await new Shop().File("ServerApp.cs", text).Ids()).ShouldBeEmpty();

    [Theory]
    [InlineData("namespace Tallystick.Server; class ServerApp { Journal.Posting posting; }")]
    [InlineData("namespace Tallystick.Server; class ServerApp { Journal.Contracts.Books books; }")]
    [InlineData("class Start { object Do() => Tallystick.Server.Journal.Posting.First; }")]
    public async Task The_composition_root_may_touch_nothing_else_of_a_module(string text) =>
        (await new Shop().File("ServerApp.cs", text).Ids()).ShouldBe(["TALLY004"]);
}
