using System.Net;
using System.Text;
using Tallystick.Core.Ids;

namespace Tallystick.Client.Tests;

/// <summary>Publishing a folder: what is taken, what is sent, what happens after an interruption.</summary>
public sealed class PublishWorkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-publish-").FullName;
    private readonly FakeServer _server = new();

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Hidden_files_and_links_are_left_out_and_names_are_in_order()
    {
        Write("b.csv", "b");
        Write("inner/a.csv", "a");
        Write(".secret", "s");
        Write(".git/config", "c");
        File.CreateSymbolicLink(Path.Combine(_folder, "passwd"), "/etc/passwd");

        PublishWork.FilesOf(_folder).Select(f => f.Path).ShouldBe(["b.csv", "inner/a.csv"]);
    }

    [Fact]
    public async Task Only_what_the_server_lacks_is_sent_and_a_draft_is_gone_on_with()
    {
        Write("a.csv", "one");
        Write("b ä.csv", "two");
        _server.DraftExists = true;
        _server.Uploaded["a.csv"] = "one";

        var result = await Publish();

        result.Uploaded.ShouldBe(1);
        _server.Uploaded.ShouldBe(new Dictionary<string, string> { ["a.csv"] = "one", ["b ä.csv"] = "two" }, ignoreOrder: true);
        _server.Published.ShouldBeTrue();
    }

    [Fact]
    public async Task What_an_interrupted_run_uploaded_and_the_folder_does_not_hold_is_not_published()
    {
        Write("Data.csv", "one");
        _server.DraftExists = true;
        _server.Uploaded["data.csv"] = "one";
        _server.Uploaded["private/passwords ä#1.txt"] = "secret";
        _server.Uploaded["z.txt"] = "old";

        var result = await Publish();

        result.Removed.ShouldBe(2);
        _server.Uploaded.Keys.ShouldNotContain("private/passwords ä#1.txt");
        _server.Uploaded.Keys.ShouldNotContain("z.txt");
        _server.Uploaded.ShouldContainKey("data.csv");
    }

    [Fact]
    public async Task A_broken_upload_is_sent_again()
    {
        Write("a.csv", "one");
        _server.BreakUploads = 1;

        (await Publish()).Uploaded.ShouldBe(1);
        _server.Uploaded["a.csv"].ShouldBe("one");
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        Write("a.csv", new string('x', 300_000));
        Write("b.csv", "two");
        var seen = new List<PublishProgress>();

        using var client = Client();
        await new PublishWork(client).Run(
            _server.Work, PublishWork.FilesOf(_folder), null, new Collected(seen), TestContext.Current.CancellationToken);

        seen[^1].BytesDone.ShouldBe(300_003);
        seen.Select(p => p.BytesDone).ShouldBeInOrder();
        seen.ShouldAllBe(p => p.BytesTotal == 300_003);
    }

    [Theory]
    [InlineData("b\n.csv", "control characters")]
    [InlineData("A.csv", "one file")]
    public async Task A_name_that_no_work_can_have_is_told_before_anything_is_sent(string name, string why)
    {
        Write("a.csv", "one");
        Write(name, "two");

        (await Should.ThrowAsync<IOException>(Publish)).Message.ShouldContain(why);

        _server.Requests.ShouldBe(0);
    }

    private async Task<PublishResult> Publish()
    {
        using var client = Client();
        return await new PublishWork(client).Run(
            _server.Work, PublishWork.FilesOf(_folder), null, null, TestContext.Current.CancellationToken);
    }

    private TallyClient Client() => new(new Uri("http://server.example/"), "tsk_test", _server);

    private void Write(string path, string content)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private sealed class Collected(List<PublishProgress> into) : IProgress<PublishProgress>
    {
        public void Report(PublishProgress value) => into.Add(value);
    }

    /// <summary>The catalog's routes, as far as publishing uses them.</summary>
    private sealed class FakeServer : HttpMessageHandler
    {
        private static readonly VersionId Version = VersionId.From(Guid.CreateVersion7());

        public WorkId Work { get; } = WorkId.From(Guid.CreateVersion7());

        public Dictionary<string, string> Uploaded { get; } = [];

        public bool DraftExists { get; set; }

        public bool Published { get; private set; }

        public int BreakUploads { get; set; }

        public int Requests { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            var path = request.RequestUri!.AbsolutePath;
            var version = $"/v1/works/{Work}/versions/{Version}";
            return (request.Method.Method, path) switch
            {
                ("GET", _) when path == $"/v1/works/{Work}" => Json(
                    $$"""
                    {"work_id":"{{Work}}","creator":"{{OrganisationId.From(Guid.Empty)}}","title":"t","description":"","kind":"dataset",
                     "source":{"name":"n","licence":"l"},"versions":[],"offers":[],"files":[],"new_in_a_later_server":1}
                    """),
                ("POST", _) when path == $"/v1/works/{Work}/versions" => DraftExists
                    ? Json($$"""{"type":"https://x/problems/draft-exists","status":409,"version_id":"{{Version}}"}""", HttpStatusCode.Conflict)
                    : Json($$"""{"version_id":"{{Version}}","number":1}""", HttpStatusCode.Created),
                ("POST", _) when path == $"{version}/publish" => Publish(),
                ("GET", _) when path == $"{version}/files" => Files(request.RequestUri.Query),
                ("HEAD", _) => Head(Name(path)),
                ("DELETE", _) => Remove(Name(path)),
                ("PUT", _) => await Put(Name(path), request, cancellationToken),
                _ => throw new InvalidOperationException($"{request.Method} {path} was not expected."),
            };
        }

        private static string Name(string path) =>
            Uri.UnescapeDataString(path[(path.IndexOf("/files/", StringComparison.Ordinal) + "/files/".Length)..]);

        private HttpResponseMessage Publish()
        {
            Published = true;
            return Json($$"""{"version_id":"{{Version}}","number":1,"hash":"h","file_count":{{Uploaded.Count}},"size_bytes":6}""");
        }

        /// <summary>Two files at a time.</summary>
        private HttpResponseMessage Files(string query)
        {
            var after = query.Split("after=") is [_, var given] ? Uri.UnescapeDataString(given) : "";
            var rest = Uploaded.Keys.Where(k => string.CompareOrdinal(k, after) > 0).Order(StringComparer.Ordinal).ToList();
            var items = rest.Take(2).Select(p =>
                $$"""{"path":"{{p}}","unit_id":"{{UnitId.From(Guid.Empty)}}","unit_kind":"file","sha256":"","size_bytes":1,"media_type":"x/y"}""");
            return Json($$"""{"items":[{{string.Join(',', items)}}],"next":{{(rest.Count > 2 ? $"\"{rest[1]}\"" : "null")}}}""");
        }

        private HttpResponseMessage Remove(string name) =>
            new(Uploaded.Remove(name) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound);

        private HttpResponseMessage Head(string name)
        {
            if (!Uploaded.TryGetValue(name, out var content))
            {
                return new HttpResponseMessage(HttpStatusCode.NotFound);
            }

            var found = new HttpResponseMessage(HttpStatusCode.OK);
            found.Headers.Add("Content-SHA256", Sha256(Encoding.UTF8.GetBytes(content)));
            return found;
        }

        private async Task<HttpResponseMessage> Put(string name, HttpRequestMessage request, CancellationToken stop)
        {
            if (BreakUploads-- > 0)
            {
                throw new HttpRequestException("broken");
            }

            var body = await request.Content!.ReadAsByteArrayAsync(stop);
            request.Content.Headers.ContentLength.ShouldBe(body.Length);
            request.Headers.GetValues("Content-SHA256").Single().ShouldBe(Sha256(body));
            Uploaded[name] = Encoding.UTF8.GetString(body);
            return Json("{}");
        }

        private static string Sha256(byte[] bytes) =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

        private static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) => new(status)
        {
            Content = new StringContent(
                body, Encoding.UTF8, (int)status < 400 ? "application/json" : "application/problem+json"),
        };
    }
}
