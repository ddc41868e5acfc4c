using Tallystick.Analyzers.Tests.Support;

namespace Tallystick.Analyzers.Tests;

public class ModuleEdgesTests
{
    private const string Journal = "Tallystick.Server.Journal.Contracts";
    private const string Catalog = "Tallystick.Server.Catalog.Contracts";

    /// <summary>Every way in which code of Payments can lean on a contract of Journal.</summary>
    public static TheoryData<string, string> UsesOfJournal => new()
    {
        { "a field", $"class Pay {{ {Journal}.Books books = null; }}" },
        { "a parameter", $"class Pay {{ void Do({Journal}.Books books) {{ }} }}" },
        { "a primary constructor", $"class Pay({Journal}.Books books) {{ object All => books; }}" },
        { "a base type", $"class Pay : {Journal}.Books {{ }}" },
        { "a type argument", $"class Pay {{ System.Collections.Generic.List<{Journal}.Entry> all; }}" },
        { "a constraint", $"class Pay<T> where T : {Journal}.Books {{ }}" },
        { "an array", $"class Pay {{ {Journal}.Entry[] all; }}" },
        { "a nested type", $"class Pay {{ {Journal}.Entry.Line line; }}" },
        { "typeof", $"class Pay {{ object type = typeof({Journal}.Entry); }}" },
        { "nameof", $"class Pay {{ string name = nameof({Journal}.Entry); }}" },
        { "a static call", $"class Pay {{ object made = {Journal}.Books.Make<int>(); }}" },
        { "a cast", $"class Pay {{ object Do(object o) => ({Journal}.Entry)o; }}" },
        { "a pattern", $"class Pay {{ bool Do(object o) => o is {Journal}.Entry {{ Lines: 1 }}; }}" },
        { "var", $"class Pay {{ void Do({Catalog}.Work work) {{ var entry = work.Entry(); }} }}" },
        { "a chained member", $"class Pay {{ int Do({Catalog}.Work work) => work.Entry().Lines; }}" },
        { "an implicit conversion", $"class Pay {{ long Do({Catalog}.Work work) => work.Price(); }}" },
        { "an inferred lambda parameter", $"class Pay {{ void Do({Catalog}.Work work) => work.Each(e => {{ }}); }}" },
        { "a lambda made elsewhere", $"class Pay {{ object Do({Catalog}.Work work) => work.Entry; }}" },
    };

    [Theory]
    [MemberData(nameof(UsesOfJournal))]
    public async Task An_unlisted_edge_is_refused_however_it_is_used(string use, string members)
    {
        var report = await new Shop().Edges("Catalog -> Journal\nPayments -> Catalog").Payments(members).Report();

        report.ShouldContain(d => d.Id == "TALLY001", use);
        report.First(d => d.Id == "TALLY001").GetMessage(null).ShouldStartWith("'Payments' uses '");
    }

    [Theory]
    [MemberData(nameof(UsesOfJournal))]
    public async Task A_listed_edge_to_a_contract_is_allowed(string use, string members)
    {
        var usesCatalog = members.Contains(Catalog, StringComparison.Ordinal);
        var edges = usesCatalog ? "Payments -> Journal, Catalog" : "Payments -> Journal";

        (await new Shop().Edges($"Catalog -> Journal\n{edges}").Payments(members).Ids()).ShouldBeEmpty(use);
    }

    [Fact]
    public async Task An_extension_method_is_a_use()
    {
        var shop = new Shop().Payments(
            "class Pay { string Do() => \"a\".Enter(); }", above: $"using {Journal};");

        (await shop.Ids()).ShouldBe(["TALLY001"]);
    }

    [Fact]
    public async Task An_alias_is_a_use()
    {
        var shop = new Shop().Payments("class Pay { }", above: $"using Ledger = {Journal}.Books;");

        (await shop.Ids()).ShouldBe(["TALLY001"]);
    }

    [Fact]
    public async Task One_line_is_reported_once_for_one_type()
    {
        var shop = new Shop().Payments($"class Pay {{ {Journal}.Books books = new {Journal}.Books(); }}");

        (await shop.Report()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Pages_may_read_every_modules_contracts_without_a_line()
    {
        var shop = new Shop().File(
            "Pages/Shelf.cs",
            $"namespace Tallystick.Server.Pages; class PagesModule {{ {Journal}.Books books; {Catalog}.Work work; }}");

        (await shop.Ids()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_module_may_use_foundation()
    {
        var shop = new Shop().Payments("class Pay { Tallystick.Server.Foundation.Database database; }");

        (await shop.Ids()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Foundation_may_use_no_module()
    {
        var shop = new Shop().File(
            "Foundation/Peek.cs", $"namespace Tallystick.Server.Foundation; class Peek {{ {Journal}.Books books; }}");

        (await shop.Ids()).ShouldBe(["TALLY003"]);
    }

    [Fact]
    public async Task A_mention_in_documentation_is_not_a_use()
    {
        var shop = new Shop().Payments($"/// <summary>As in <see cref=\"{Journal}.Books\"/>.</summary>\nclass Pay {{ }}");

        (await shop.Ids()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_list_of_edges_nothing_is_checked()
    {
        var shop = new Shop().Edges(null).Payments($"class Pay {{ {Journal}.Books books; }}");

        (await shop.Ids()).ShouldBeEmpty();
    }
}
