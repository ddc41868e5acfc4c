using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>Two who publish into one work at the same time: each publishes what was meant, or nothing.</summary>
public sealed class SharedDraftTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_folders_at_once_each_is_a_version_of_its_own_or_is_told_of_the_other()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published();
        using var client = new TallyClient(new Uri(server.Url), creator.ApiKey);
        var folders = new[] { Folder("a", 10), Folder("b", 10) };

        var runs = await Task.WhenAll(folders.Select(async files =>
        {
            try
            {
                return (Files: files, (await new PublishWork(client).Run(work, files, null, null, Stop)).Version.VersionId, Refused: (string?)null);
            }
            catch (TallyProblemException refused)
            {
                return (Files: files, VersionId: default(VersionId), Refused: refused.Kind);
            }
        }));

        runs.ShouldContain(r => r.Refused == null);
        runs.ShouldAllBe(r => r.Refused == null || r.Refused == "draft-exists");
        foreach (var run in runs.Where(r => r.Refused is null))
        {
            var listed = await client.Files(work, run.VersionId, null, Stop);
            listed.Items.Select(f => f.Path).ShouldBe(run.Files.Select(f => f.Path), ignoreOrder: true);
        }
    }

    [Fact]
    public async Task A_draft_is_found_again_under_its_key_and_by_nobody_else()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published();

        var first = await Begin(creator, work, "one").Json(201);
        await creator.Upload(work, VersionId.Parse((string)first["version_id"]!), "a.csv", "1").Json();
        var again = await Begin(creator, work, "one").Json(201);
        var other = await Begin(creator, work, "two").Json(409);

        ((string)again["version_id"]!).ShouldBe((string)first["version_id"]!);
        ((int)again["file_count"]!).ShouldBe(1);
        ((string)other["type"]!).ShouldEndWith("/draft-exists");
        ((int)other["file_count"]!).ShouldBe(1);
        (await Begin(creator, work, null).Problem(409)).ShouldBe("draft-exists");
        (await Begin(creator, work, "no blanks").Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task What_is_not_meant_is_not_published()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "a.csv", "1").Json();
        var meant = VersionHash.Of(work, [new("a.csv", Market.Sha256("1"), 1, "text/csv")]);
        await creator.Upload(work, version, "b.csv", "2").Json();

        var refused = await Publish(creator, work, version, meant).Json(409);
        ((string)refused["type"]!).ShouldEndWith("/content-differs");
        (await creator.Http.GetAsync($"/v1/works/{work}", Stop).Json())["version_id"].ShouldBeNull();
        (await creator.Http.DeleteAsync($"/v1/works/{work}/versions/{version}/files/b.csv", Stop)).EnsureSuccessStatusCode();

        ((string)(await Publish(creator, work, version, meant).Json())["hash"]!).ShouldBe(meant);
        ((string)(await Publish(creator, work, version, meant).Json())["hash"]!).ShouldBe(meant);
        (await Publish(creator, work, version, (string)refused["hash"]!).Problem(409)).ShouldBe("content-differs");
    }

    [Fact]
    public async Task A_draft_that_counts_a_file_otherwise_changes_nothing_that_is_published()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, first) = await creator.Published();
        var second = VersionId.Parse((string)(await Begin(creator, work, "next").Json(201))["version_id"]!);

        using var content = new StringContent("1,2,3");
        await creator.Http.PutAsync($"/v1/works/{work}/versions/{second}/files/shard-0001.csv?unit=file", content, Stop).Json();

        (await KindsOf(creator, work, first)).ShouldBe(["shard", "shard"]);
        (await KindsOf(creator, work, second)).ShouldBe(["file"]);
        ((string)(await creator.Http.GetAsync($"/v1/works/{work}", Stop).Json())["files"]![0]!["unit_kind"]!).ShouldBe("shard");
    }

    [Fact]
    public async Task What_a_draft_holds_is_counted_however_it_came_and_went()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => creator.Upload(work, version, $"{i % 6}.csv", new string('x', i + 1)).Json()));
        (await creator.Http.DeleteAsync($"/v1/works/{work}/versions/{version}/files/5.csv", Stop)).EnsureSuccessStatusCode();

        var counted = (await server.Database.QueryOne<Counted>(
            """
            select v.file_count, v.size_bytes, count(*)::int as files, sum(f.size_bytes)::bigint as bytes
            from catalog.version v join catalog.file f on f.version_id = v.id group by v.id
            """,
            null, Stop))!;
        (counted.FileCount, counted.SizeBytes).ShouldBe((5, counted.Bytes));
        counted.Files.ShouldBe(5);
    }

    private sealed record Counted(int FileCount, long SizeBytes, int Files, long Bytes);

    private static async Task<IEnumerable<string>> KindsOf(Member creator, WorkId work, VersionId version) =>
        (await creator.Http.GetAsync($"/v1/works/{work}/versions/{version}/files", Stop).Json())["items"]!.AsArray()
            .Select(f => (string)f!["unit_kind"]!);

    private static Task<HttpResponseMessage> Begin(Member creator, WorkId work, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/works/{work}/versions");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return creator.Http.SendAsync(request, Stop);
    }

    private static Task<HttpResponseMessage> Publish(Member creator, WorkId work, VersionId version, string hash) =>
        creator.Http.PostAsJsonAsync($"/v1/works/{work}/versions/{version}/publish", new JsonObject { ["hash"] = hash }, Stop);

    private static IReadOnlyList<LocalFile> Folder(string name, int files)
    {
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        for (var i = 0; i < files; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"{name}-{i}.csv"), $"{name},{i}");
        }

        return LocalFolder.Read(folder, follow: false).Files;
    }
}
