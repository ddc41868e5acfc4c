using System.Net;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>What was begun by mistake can be undone; what was published cannot.</summary>
public sealed class DraftTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_uploaded_by_mistake_is_removed_and_is_not_published()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "data.csv", "1,2,3").Json();
        var first = await creator.Upload(work, version, "Private/Passwords ä.csv", "secret").Json();

        (await Delete(creator, $"{work}/versions/{version}/files/private/passwords%20%C3%A4.csv")).ShouldBe(204);
        (await Delete(creator, $"{work}/versions/{version}/files/private/passwords%20%C3%A4.csv")).ShouldBe(404);
        using var head = await creator.Http.SendAsync(
            new(HttpMethod.Head, $"/v1/works/{work}/versions/{version}/files/private/passwords%20%C3%A4.csv"), Stop);
        var again = await creator.Upload(work, version, "private/passwords ä.csv", "public").Json();
        (await Delete(creator, $"{work}/versions/{version}/files/private/passwords%20%C3%A4.csv")).ShouldBe(204);
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();

        head.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        ((string)again["unit_id"]!).ShouldBe((string)first["unit_id"]!);
        ((int)published["file_count"]!).ShouldBe(1);
        ((int)published["size_bytes"]!).ShouldBe(5);
    }

    [Fact]
    public async Task A_discarded_draft_is_gone_and_the_next_one_begins_empty()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, first) = await creator.Published();
        var second = await NewVersion(creator, work);
        await creator.Upload(work, second, "shard-0001.csv", "wrong").Json();

        (await Delete(creator, $"{work}/versions/{second}")).ShouldBe(204);
        (await Delete(creator, $"{work}/versions/{second}")).ShouldBe(404);
        (await creator.Upload(work, second, "late.csv", "1").Problem(404)).ShouldBe("not-found");
        var third = await NewVersion(creator, work);
        var files = await creator.Http.GetAsync($"/v1/works/{work}/versions/{third}/files", Stop).Json();
        var shown = await creator.Http.GetAsync($"/v1/works/{work}", Stop).Json();

        files["items"]!.AsArray().ShouldBeEmpty();
        ((string)shown["version_id"]!).ShouldBe(first.ToString());
        shown["versions"]!.AsArray().Select(v => (int)v!["number"]!).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task What_is_published_can_be_neither_discarded_nor_thinned_out()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Published();

        (await creator.Http.DeleteAsync($"/v1/works/{work}/versions/{version}", Stop).Problem(409)).ShouldBe("version-published");
        (await creator.Http.DeleteAsync($"/v1/works/{work}/versions/{version}/files/shard-0001.csv", Stop).Problem(409))
            .ShouldBe("version-published");
        var files = await creator.Http.GetAsync($"/v1/works/{work}/versions/{version}/files", Stop).Json();
        files["items"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Only_its_creator_with_the_scope_for_it_touches_a_draft()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, other, buyer) = (await Member.Creator(server), await Member.Creator(server), await Member.Buyer(server));
        var (work, version) = await creator.Draft();
        var (elsewhere, _) = await creator.Draft("Another");
        await creator.Upload(work, version, "a.csv", "1").Json();
        var (draft, file) = ($"/v1/works/{work}/versions/{version}", $"/v1/works/{work}/versions/{version}/files/a.csv");
        using var nobody = server.Client();

        foreach (var path in new[] { draft, file })
        {
            (await other.Http.DeleteAsync(path, Stop).Problem(404)).ShouldBe("not-found");
            (await buyer.Http.DeleteAsync(path, Stop).Problem(403)).ShouldBe("forbidden");
            (await nobody.DeleteAsync(path, Stop).Problem(401)).ShouldBe("unauthenticated");
            // A version is looked for in its own work.
            (await Delete(creator, path[10..].Replace(work.ToString(), elsewhere.ToString()))).ShouldBe(404);
        }

        (await creator.Http.DeleteAsync($"/v1/works/{work}/versions/{version}/files/a%2F%2Fb", Stop).Problem(400)).ShouldBe("invalid-request");
        var files = await creator.Http.GetAsync($"{draft}/files", Stop).Json();
        files["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_draft_that_is_discarded_while_files_arrive_takes_all_of_them_with_it()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        var uploads = Enumerable.Range(0, 20).Select(async i =>
        {
            using var answer = await creator.Upload(work, version, $"{i}.csv", $"{i}");
            return (int)answer.StatusCode;
        }).ToList();
        await Task.WhenAny(uploads);
        var discarded = await Delete(creator, $"{work}/versions/{version}");

        discarded.ShouldBe(204);
        (await Task.WhenAll(uploads)).ShouldBeSubsetOf([200, 404]);
        (await server.Database.QueryOne<long>("select count(*) from catalog.file", null, Stop)).ShouldBe(0);
    }

    private static async Task<VersionId> NewVersion(Member creator, WorkId work) => VersionId.Parse(
        (string)(await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201))["version_id"]!);

    private static async Task<int> Delete(Member member, string path)
    {
        using var answer = await member.Http.DeleteAsync($"/v1/works/{path}", Stop);
        return (int)answer.StatusCode;
    }
}
