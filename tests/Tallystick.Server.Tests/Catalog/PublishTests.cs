using System.Net;
using System.Net.Http.Json;
using System.Text;
using Npgsql;
using Tallystick.Core.Catalog;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

public sealed class PublishTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_work_is_drafted_uploaded_published_and_found_by_anybody()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var nobody = server.Client();
        var (work, version) = await creator.Draft();
        (await nobody.GetAsync($"/v1/works/{work}", Stop).Problem(404)).ShouldBe("not-found");

        var shard = await creator.Upload(work, version, "train/shard-0001.csv", "1,2,3", Market.Sha256("1,2,3")).Json();
        await creator.Upload(work, version, "README.md", "# Digits").Json();
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
        var shown = await nobody.GetAsync($"/v1/works/{work}", Stop).Json();
        var listed = await nobody.GetAsync("/v1/works?q=hand-written", Stop).Json();

        ((string)shard["unit_kind"]!).ShouldBe("shard");
        var hash = VersionHash.Of(work,
        [
            new("README.md", Market.Sha256("# Digits"), 8, "text/csv"),
            new("train/shard-0001.csv", Market.Sha256("1,2,3"), 5, "text/csv"),
        ]);
        ((string)published["hash"]!).ShouldBe(hash);
        ((string)shown["versions"]![0]!["hash"]!).ShouldBe(hash);
        ((string)shown["source"]!["licence"]!).ShouldBe("CC-BY-4.0");
        ((string)shown["files"]![1]!["sha256"]!).ShouldBe(Market.Sha256("1,2,3"));
        ((string)listed["items"]![0]!["work_id"]!).ShouldBe(work.ToString());
        var blob = Path.Combine(server.Folder, "blobs", BlobPath.Of(Market.Sha256("1,2,3")));
        (await File.ReadAllTextAsync(blob, Stop)).ShouldBe("1,2,3");
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "incoming")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_published_never_changes_not_even_in_the_database()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Published();

        (await creator.Upload(work, version, "shard-0001.csv", "other").Problem(409)).ShouldBe("version-published");
        var again = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();

        ((int)again["file_count"]!).ShouldBe(2);
        foreach (var change in new[]
        {
            "update catalog.version set hash = 'x'", "delete from catalog.file", "update catalog.file set sha256 = sha256",
            "update catalog.file set unit_kind = 'file'", "update catalog.unit set path_key = 'x'", "delete from catalog.unit",
        })
        {
            var failure = await Should.ThrowAsync<PostgresException>(server.Database.InTransaction(tx => tx.Execute(change), Stop));
            failure.SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
        }
    }

    [Fact]
    public async Task A_new_version_replaces_the_old_one_and_keeps_the_unit_of_a_path()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, first) = await creator.Published();
        var second = (string)(await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201))["version_id"]!;
        (await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Problem(409)).ShouldBe("draft-exists");
        (await creator.Http.PostAsync($"/v1/works/{work}/versions/{second}/publish", null, Stop).Problem(409))
            .ShouldBe("nothing-to-publish");

        await creator.Upload(work, Core.Ids.VersionId.Parse(second), "shard-0001.csv", "new content").Json();
        await creator.Http.PostAsync($"/v1/works/{work}/versions/{second}/publish", null, Stop).Json();
        var before = await creator.Http.GetAsync($"/v1/works/{work}/versions/{first}/files?limit=1", Stop).Json();
        var shown = await creator.Http.GetAsync($"/v1/works/{work}", Stop).Json();

        ((string)shown["version_id"]!).ShouldBe(second);
        ((string)shown["files"]![0]!["unit_id"]!).ShouldBe((string)before["items"]![0]!["unit_id"]!);
        ((string)before["next"]!).ShouldBe("shard-0001.csv");
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_announced_is_not_kept()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        (await creator.Upload(work, version, "a.csv", "1", Market.Sha256("2")).Problem(400)).ShouldBe("content-mismatch");

        using var head = await creator.Http.SendAsync(
            new(HttpMethod.Head, $"/v1/works/{work}/versions/{version}/files/a.csv"), Stop);
        head.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        Directory.GetFiles(Path.Combine(server.Folder, "blobs"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_can_be_asked_what_is_there_and_sent_again()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "Data/Über 1.csv", "old").Json();
        await creator.Upload(work, version, "data/über 1.csv", "newer").Json();

        using var head = await creator.Http.SendAsync(
            new(HttpMethod.Head, $"/v1/works/{work}/versions/{version}/files/DATA/%C3%BCber%201.csv"), Stop);
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();

        head.Headers.GetValues("Content-SHA256").Single().ShouldBe(Market.Sha256("newer"));
        head.Headers.GetValues("X-Content-Size").Single().ShouldBe("5");
        ((int)published["file_count"]!).ShouldBe(1);
    }

    [Fact]
    public async Task A_file_larger_than_the_limit_is_refused()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Catalog:FileBytesMost"] = "1000" });
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        var url = $"/v1/works/{work}/versions/{version}/files/big.bin";
        using var stated = new ByteArrayContent(new byte[1001]);
        using var chunked = new StreamContent(new Endless(200_000));

        (await creator.Http.PutAsync(url, stated, Stop).Problem(413)).ShouldBe("too-large");
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        (await creator.Http.SendAsync(request, Stop).Problem(413)).ShouldBe("too-large");
        Directory.GetFiles(Path.Combine(server.Folder, "blobs"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_may_be_larger_than_a_body_of_other_routes()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        var content = new string('x', 3_000_000);
        var stored = await creator.Upload(work, version, "big.csv", content).Json();

        ((string)stored["sha256"]!).ShouldBe(Market.Sha256(content));
    }

    [Fact]
    public async Task Another_organisation_sees_and_touches_nothing_of_a_draft()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, other) = (await Member.Creator(server), await Member.Creator(server));
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "a.csv", "1").Json();

        (await other.Http.GetAsync($"/v1/works/{work}", Stop).Problem(404)).ShouldBe("not-found");
        (await other.Http.GetAsync($"/v1/works/{work}/versions/{version}/files", Stop).Problem(404)).ShouldBe("not-found");
        (await other.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Problem(404)).ShouldBe("not-found");
        (await other.Upload(work, version, "a.csv", "2").Problem(404)).ShouldBe("not-found");
        (await other.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Problem(404)).ShouldBe("not-found");
        var listed = await other.Http.GetAsync("/v1/works", Stop).Json();
        listed["items"]!.AsArray().ShouldBeEmpty();
        var mine = await creator.Http.GetAsync("/v1/works?mine=true", Stop).Json();
        mine["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("a%01b")]
    [InlineData("a%5Cb")]
    [InlineData("a%252Fb")]
    [InlineData("a%2Fb")]
    [InlineData("a//b")]
    [InlineData("a.")]
    [InlineData("a/%2E%2E%20/b")]
    public async Task A_path_that_two_systems_could_read_differently_is_refused(string path)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();

        (await creator.Upload(work, version, path, "1").Problem(400)).ShouldBe("invalid-request");
    }

    [Theory]
    [InlineData("""{"title":"","source":{"name":"n","licence":"l"}}""")]
    [InlineData("""{"title":"t\u0000","source":{"name":"n","licence":"l"}}""")]
    [InlineData("""{"title":"t"}""")]
    [InlineData("""{"title":"t","source":{"name":"n","licence":""}}""")]
    [InlineData("""{"title":"t","source":{"name":"n","licence":"l","url":"javascript:alert(1)"}}""")]
    [InlineData("""{"title":"t","kind":"spell","source":{"name":"n","licence":"l"}}""")]
    [InlineData("""{"title":"t","language":"x y","source":{"name":"n","licence":"l"}}""")]
    public async Task A_work_without_what_buyers_must_know_is_refused(string body)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        (await creator.Http.PostAsync("/v1/works", content, Stop).Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task A_buyer_cannot_publish()
    {
        await using var server = await TestServer.Start(postgres);
        var buyer = await Member.Buyer(server);

        (await buyer.Http.PostAsJsonAsync("/v1/works", new { title = "t", source = new { name = "n", licence = "l" } }, Stop)
            .Problem(403)).ShouldBe("forbidden");
    }

    [Theory]
    [InlineData("/v1/works?limit=0")]
    [InlineData("/v1/works?limit=201")]
    [InlineData("/v1/works?limit=x")]
    [InlineData("/v1/works?after=nonsense")]
    [InlineData("/v1/works?q=%00")]
    [InlineData("/v1/works/nonsense")]
    [InlineData("/v1/offers/%00")]
    public async Task A_bad_question_is_refused_with_a_reason(string url)
    {
        await using var server = await TestServer.Start(postgres);
        using var nobody = server.Client();

        using var answer = await nobody.GetAsync(url, Stop);

        ((int)answer.StatusCode).ShouldBeInRange(400, 404);
    }

    /// <summary>A body whose length is not known beforehand.</summary>
    private sealed class Endless(int length) : Stream
    {
        private int _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = Math.Min(count, _left);
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
