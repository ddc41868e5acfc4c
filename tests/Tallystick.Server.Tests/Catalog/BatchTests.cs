using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>Many small files at once, and files that need not be sent at all.</summary>
public sealed class BatchTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_received_is_kept_also_when_its_transaction_is_run_again()
    {
        await using var server = await TestServer.Start(postgres);
        var (blobs, database) = (server.Services.GetRequiredService<Blobs>(), server.Services.GetRequiredService<Database>());
        using var blob = (await blobs.Receive(new MemoryStream("1,2,3"u8.ToArray()), null, Stop)).ShouldNotBeNull();
        var runs = 0;

        await database.InTransaction(
            async tx =>
            {
                await blobs.Keep(tx, blob);
                if (++runs == 1)
                {
                    throw new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected);
                }
            },
            Stop);

        (runs, blobs.Has(Market.Sha256("1,2,3"), 5)).ShouldBe((2, true));
    }

    [Fact]
    public async Task Several_files_come_in_one_request_and_are_stored_like_any_others()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        (string Path, string Content)[] files = [.. Enumerable.Range(0, 200).Select(i => ($"part/{i:000}.csv", i == 7 ? "" : $"content {i % 150}"))];

        var stored = await Send(creator, work, version, files).Json();
        var again = await Send(creator, work, version, ("part/000.csv", "another"), ("README.md", "# Read")).Json();
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();

        ((int)stored["stored"]!, (int)again["stored"]!).ShouldBe((200, 2));
        ((int)published["file_count"]!).ShouldBe(201);
        files[0] = ("part/000.csv", "another");
        ((string)published["hash"]!).ShouldBe(VersionHash.Of(work, files.Append(("README.md", "# Read")).Select(f =>
            new HashedFile(f.Item1, Market.Sha256(f.Item2), f.Item2.Length, "text/csv"))));
        foreach (var (_, content) in files)
        {
            (await File.ReadAllTextAsync(Path.Combine(server.Folder, "blobs", BlobPath.Of(Market.Sha256(content))), Stop)).ShouldBe(content);
        }

        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "incoming")).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_wrong_file_and_none_is_taken()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "both", "0").Json();

        var wrong = Describe(("a.csv", "1"), ("b.csv", "2"));
        wrong["files"]![1]!["sha256"] = Market.Sha256("3");
        (await Post(creator, work, version, wrong, "12").Problem(400)).ShouldBe("content-mismatch");
        (await Post(creator, work, version, Describe(("a.csv", "1"), ("b.csv", "2")), "1").Problem(400)).ShouldBe("invalid-request");
        (await Post(creator, work, version, Describe(("a.csv", "1")), "12").Problem(400)).ShouldBe("invalid-request");
        (await Post(creator, work, version, new JsonObject { ["files"] = new JsonArray((JsonNode?)null) }, "").Problem(400)).ShouldBe("invalid-request");
        (await Post(creator, work, version, new JsonObject { ["files"] = new JsonArray() }, "").Problem(400)).ShouldBe("invalid-request");
        (await Send(creator, work, version, ("a.csv", "1"), ("A.csv", "2")).Problem(409)).ShouldBe("unstorable-name");
        (await Send(creator, work, version, ("a.csv", "1"), ("both/inner.csv", "2")).Problem(409)).ShouldBe("unstorable-name");
        (await Send(creator, work, version, ("a.csv", "1"), ("CON", "2")).Problem(400)).ShouldBe("invalid-request");
        using var plain = new StringContent("{}", Encoding.UTF8, "application/json");
        (await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/files", plain, Stop).Problem(415)).ShouldBe("unsupported-media-type");

        var listed = await creator.Http.GetAsync($"/v1/works/{work}/versions/{version}/files", Stop).Json();
        listed["items"]!.AsArray().Select(f => (string)f!["path"]!).ShouldBe(["both"]);
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "incoming")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_sent_before_is_adopted_and_what_others_sent_is_not_known()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, other) = (await Member.Creator(server), await Member.Creator(server));
        await creator.Published();
        var (theirs, draft) = await other.Draft();
        await other.Upload(theirs, draft, "secret.csv", "their secret").Json();
        var (work, version) = await creator.Draft("Another");

        var answer = await Adopt(
            creator, work, version, Describe(("again.csv", "1,2,3"), ("theirs.csv", "their secret"), ("new.csv", "nobody has this"))).Json();
        var wrongSize = Describe(("size.csv", "1,2,3"));
        wrongSize["files"]![0]!["size_bytes"] = 6;
        var unfit = await Adopt(creator, work, version, wrongSize).Json();
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();

        ((int)answer["adopted"]!).ShouldBe(1);
        answer["missing"]!.AsArray().Select(p => (string)p!).ShouldBe(["theirs.csv", "new.csv"]);
        unfit["missing"]!.AsArray().Count.ShouldBe(1);
        ((string)published["hash"]!).ShouldBe(VersionHash.Of(work, [new("again.csv", Market.Sha256("1,2,3"), 5, "text/csv")]));
        (await Adopt(other, work, version, Describe(("x.csv", "1,2,3"))).Problem(404)).ShouldBe("not-found");
        (await Adopt(creator, work, version, Describe(("x.csv", "1,2,3"))).Problem(409)).ShouldBe("version-published");
        (await Adopt(creator, work, version, Describe(("x.csv", "nobody has this either"))).Problem(409)).ShouldBe("version-published");
    }

    [Fact]
    public async Task Batches_with_some_of_the_same_contents_at_once_wait_for_each_other_and_all_come()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(batch => Send(
            creator, work, version, [.. Enumerable.Range(0, 50).Select(i => (batch + i) % 50).Select(i => ($"{batch}/{i}.csv", $"content {i}"))]).Json()));

        var counted = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
        ((int)counted["file_count"]!).ShouldBe(400);
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "incoming")).ShouldBeEmpty();
    }

    private static JsonObject Describe(params (string Path, string Content)[] files) => new()
    {
        ["files"] = new JsonArray([.. files.Select(f => (JsonNode)new JsonObject
        {
            ["path"] = f.Path, ["sha256"] = Market.Sha256(f.Content), ["size_bytes"] = Encoding.UTF8.GetByteCount(f.Content), ["media_type"] = "text/csv",
        })]),
    };

    private static Task<HttpResponseMessage> Adopt(Member creator, WorkId work, VersionId version, JsonObject files) =>
        creator.Http.PostAsJsonAsync($"/v1/works/{work}/versions/{version}/adopt", files, Stop);

    private static Task<HttpResponseMessage> Send(Member creator, WorkId work, VersionId version, params (string Path, string Content)[] files) =>
        Post(creator, work, version, Describe(files), string.Concat(files.Select(f => f.Content)));

    private static async Task<HttpResponseMessage> Post(Member creator, WorkId work, VersionId version, JsonObject files, string contents)
    {
        using var body = new MultipartContent("mixed")
        {
            new StringContent(files.ToJsonString(), Encoding.UTF8, "application/json"),
            new ByteArrayContent(Encoding.UTF8.GetBytes(contents)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
        };
        return await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/files", body, Stop);
    }
}
