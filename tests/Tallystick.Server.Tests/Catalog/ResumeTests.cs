using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Client;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>A large file goes on where it broke off, by tus 1.0.0.</summary>
public sealed class ResumeTests(Postgres postgres)
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3_000_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_came_before_the_connection_broke_stays_and_the_rest_is_appended()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        var upload = await Begin(creator, work, version);

        using (await SendPart(server, creator, upload, 1_000_000))
        {
            await Eventually.Holds(async () => await OffsetOf(creator, upload) == 1_000_000, "that what came is there");
            (await Append(creator, upload, 1_000_000, Content[1_000_000..]).Problem(423)).ShouldBe("upload-busy");
        }

        await Eventually.Holds(async () => !await IsBusy(creator, upload), "that the server noticed");
        (await Begin(creator, work, version)).ShouldBe(upload, "asked for again, it is the same");
        (await Append(creator, upload, 5, Content[5..]).Problem(409)).ShouldBe("upload-offset");
        using var rest = await Append(creator, upload, 1_000_000, Content[1_000_000..2_000_000]);
        using var last = await Append(creator, upload, 2_000_000, Content[2_000_000..]);

        (rest.StatusCode, last.StatusCode).ShouldBe((HttpStatusCode.NoContent, HttpStatusCode.NoContent));
        last.Headers.GetValues("Upload-Offset").Single().ShouldBe("3000000");
        (await OffsetOf(creator, upload)).ShouldBeNull("it is a file of the draft now");
        var published = await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
        ((string)published["hash"]!).ShouldBe(VersionHash.Of(work, [new("large.bin", Hash, Content.Length, "application/x-test")]));
        (await File.ReadAllBytesAsync(Path.Combine(server.Folder, "blobs", BlobPath.Of(Hash)), Stop)).ShouldBe(Content);
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "partial")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_what_was_announced_is_thrown_away()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        var upload = await Begin(creator, work, version);

        (await Append(creator, upload, 0, RandomNumberGenerator.GetBytes(Content.Length)).Problem(400)).ShouldBe("content-mismatch");

        (await OffsetOf(creator, upload)).ShouldBeNull();
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "partial")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Unfinished_uploads_are_bounded_counted_and_given_up()
    {
        await using var server = await TestServer.Start(
            postgres, new() { ["Catalog:UploadsMost"] = "2", ["Catalog:StoredBytesMost"] = "7000000" });
        var (creator, other) = (await Member.Creator(server), await Member.Creator(server));
        var (work, version) = await creator.Draft();
        var first = await Begin(creator, work, version, "1.bin");
        using var some = await Append(creator, first, 0, Content[..10]);
        await Begin(creator, work, version, "2.bin");

        (await BeginAnswer(creator, work, version, "3.bin").Problem(409)).ShouldBe("too-many-uploads");
        (await OffsetOf(other, first)).ShouldBeNull();
        (await Append(other, first, 10, Content[10..]).Problem(404)).ShouldBe("not-found");
        using var ended = await Send(creator, HttpMethod.Delete, first);
        ended.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await Begin(creator, work, version, "3.bin");
        (await creator.Upload(work, version, "small.csv", new string('x', 1_500_000)).Problem(409)).ShouldBe("storage-full");

        server.Clock.Advance(TimeSpan.FromHours(25));
        await server.Services.GetRequiredService<PartialUploads>().Sweep(Stop);
        (await server.Database.QueryOne<long>("select count(*) from catalog.upload", null, Stop)).ShouldBe(0);
        Directory.GetFiles(Path.Combine(server.Folder, "blobs", "partial")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_version_of_the_protocol_and_other_bodies_are_refused()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        var upload = await Begin(creator, work, version);

        using var old = new HttpRequestMessage(HttpMethod.Head, upload);
        old.Headers.Add("Tus-Resumable", "0.2.0");
        using var refused = await creator.Http.SendAsync(old, Stop);
        refused.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        refused.Headers.GetValues("Tus-Resumable").Single().ShouldBe("1.0.0");
        (await Append(creator, upload, 0, Content[..10], "text/plain").Problem(415)).ShouldBe("unsupported-media-type");
        (await Append(creator, upload, 0, [.. Content, 1]).Problem(413)).ShouldBe("too-large");
        (await BeginAnswer(creator, work, version, "a?.bin").Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task Publishing_a_folder_uses_all_of_it()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published();
        using var client = new TallyClient(new Uri(server.Url), creator.ApiKey);
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "large.bin"), Content, Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, "old.csv"), "1,2,3", Stop);
        for (var i = 0; i < 300; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.csv"), $"content {i % 290}", Stop);
        }

        var first = await new PublishWork(client).Run(work, LocalFolder.Read(folder, follow: false).Files, null, null, Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, "new.csv"), "new", Stop);
        var second = await new PublishWork(client).Run(work, LocalFolder.Read(folder, follow: false).Files, null, null, Stop);
        var third = await new PublishWork(client).Run(work, LocalFolder.Read(folder, follow: false).Files, null, null, Stop);

        (first.Uploaded, first.Version.FileCount).ShouldBe((291, 302));
        (second.Uploaded, second.Version.FileCount).ShouldBe((1, 303));
        third.Unchanged.ShouldBeTrue();
    }

    private static string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));

    private static async Task<string> Begin(Member creator, WorkId work, VersionId version, string path = "large.bin")
    {
        using var begun = await BeginAnswer(creator, work, version, path);
        begun.StatusCode.ShouldBe(HttpStatusCode.Created);
        return begun.Headers.Location!.ToString();
    }

    private static Task<HttpResponseMessage> BeginAnswer(Member creator, WorkId work, VersionId version, string path)
    {
        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        return Send(creator, HttpMethod.Post, $"/v1/works/{work}/versions/{version}/uploads", request =>
        {
            request.Headers.Add("Upload-Length", $"{Content.Length}");
            request.Headers.Add("Upload-Metadata", $"path {Base64(path)},sha256 {Base64(Hash)},filetype {Base64("application/x-test")},extra");
        });
    }

    private static async Task<bool> IsBusy(Member creator, string upload)
    {
        using var answer = await Append(creator, upload, 5, Content[5..]);
        return answer.StatusCode == HttpStatusCode.Locked;
    }

    private static async Task<long?> OffsetOf(Member member, string upload)
    {
        using var head = await Send(member, HttpMethod.Head, upload);
        return head.StatusCode == HttpStatusCode.OK ? long.Parse(head.Headers.GetValues("Upload-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static Task<HttpResponseMessage> Append(
        Member creator, string upload, long offset, byte[] part, string type = "application/offset+octet-stream") =>
        Send(creator, HttpMethod.Patch, upload, request =>
        {
            request.Headers.Add("Upload-Offset", $"{offset}");
            request.Content = new ByteArrayContent(part);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        });

    private static Task<HttpResponseMessage> Send(Member member, HttpMethod method, string address, Action<HttpRequestMessage>? with = null)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        with?.Invoke(request);
        return member.Http.SendAsync(request, Stop);
    }

    /// <summary>Says that all of it comes and sends a part; disposed, it is gone.</summary>
    private static async Task<TcpClient> SendPart(TestServer server, Member creator, string upload, int bytes)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", new Uri(server.Url).Port, Stop);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PATCH {upload} HTTP/1.1\r\nHost: server.test\r\nAuthorization: Bearer {creator.ApiKey}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n" +
            $"Content-Type: application/offset+octet-stream\r\nContent-Length: {Content.Length}\r\n\r\n"), Stop);
        await stream.WriteAsync(Content.AsMemory(0, bytes), Stop);
        return socket;
    }
}
