using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>Names that not every buyer could store are refused when they are uploaded, each with its reason.</summary>
public sealed class NameTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("CON")]
    [InlineData("a:b")]
    [InlineData("C:/x")]
    [InlineData(".tally/x")]
    [InlineData("a%3F.csv")]
    [InlineData("a%E2%80%8E.csv")]
    public async Task A_name_that_some_system_does_not_store_is_refused(string path)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        var refused = await creator.Upload(work, version, path, "1").Json(400);

        refused["errors"]!["path"]!.AsArray().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("both", "both/inner.csv")]
    [InlineData("Both/x/y.csv", "bOTH/X")]
    [InlineData("%C3%BC.csv", "u%CC%88.csv")]
    [InlineData("a/%C3%BC/1", "a/u%CC%88/1")]
    [InlineData("a%E2%80%8Cb", "ab")]
    public async Task Two_names_that_cannot_lie_beside_each_other_are_not_both_taken(string one, string other)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        foreach (var (first, second) in new[] { (one, other), (other, one) })
        {
            var (work, version) = await creator.Draft();
            await creator.Upload(work, version, "between.csv", "0").Json();
            await creator.Upload(work, version, first, "1").Json();

            var refused = await creator.Upload(work, version, second, "2").Json(409);

            ((string)refused["type"]!).ShouldEndWith("/unstorable-name");
            var name = refused["names"]!.AsArray().ShouldHaveSingleItem()!;
            ((string)name["path"]!).ShouldBe(Uri.UnescapeDataString(second));
            ((string)name["reason"]!).ShouldContain(Uri.UnescapeDataString(first));
            await creator.Upload(work, version, first, "again").Json();
            await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
        }
    }

    [Fact]
    public async Task A_draft_from_before_the_rule_is_not_published_with_such_names()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "both", "1").Json();
        await creator.Upload(work, version, "x.csv", "2").Json();
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                update catalog.file set name_key = null, skeleton = null, pattern = null;
                update catalog.file set path = 'both/inner.csv', path_key = 'both/inner.csv' where path = 'x.csv'
                """),
            Stop);

        var refused = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json(409);

        ((string)refused["type"]!).ShouldEndWith("/unstorable-name");
        ((string)refused["names"]![0]!["path"]!).ShouldBe("both/inner.csv");
    }
}
