using System.Text;
using Tallystick.Core.Catalog;

namespace Tallystick.Client.Tests;

/// <summary>Publishing a folder: what is sent, what happens after an interruption, what belongs to others.</summary>
public sealed class PublishWorkTests : IDisposable
{
    private const string Key = "this-run";

    private readonly string _folder = Directory.CreateTempSubdirectory("tally-publish-").FullName;
    private readonly FakeCatalog _server = new();

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Only_what_the_server_lacks_is_sent_and_a_draft_is_gone_on_with()
    {
        Write("a.csv", "one");
        Write("b ä.csv", "two");
        Write("c.csv", "three");
        Write("d.csv", "two");
        _server.DraftBegunUnder = Key;
        _server.Draft["a.csv"] = "one";
        _server.Stored.Add("three");

        var result = await Publish();

        result.Uploaded.ShouldBe(1, "one is in the draft, one was stored for another work, two have the same content");
        _server.Draft.ShouldBe(
            new Dictionary<string, string> { ["a.csv"] = "one", ["b ä.csv"] = "two", ["c.csv"] = "three", ["d.csv"] = "two" }, ignoreOrder: true);
        _server.Published.ShouldBeTrue();
    }

    [Fact]
    public async Task Small_files_go_together()
    {
        for (var i = 0; i < 600; i++)
        {
            Write($"{i}.csv", $"content {i}");
        }

        (await Publish()).Uploaded.ShouldBe(600);

        _server.Sent.ShouldBe(3);
        _server.Draft.Count.ShouldBe(600);
        _server.Draft["599.csv"].ShouldBe("content 599");
    }

    [Fact]
    public async Task What_an_interrupted_run_uploaded_and_the_folder_does_not_hold_is_not_published()
    {
        Write("Data.csv", "one");
        _server.DraftBegunUnder = Key;
        _server.Draft["Data.csv"] = "one";
        _server.Draft["private/passwords ä#1.txt"] = "secret";
        _server.Draft["z.txt"] = "old";

        var result = await Publish();

        result.Removed.ShouldBe(2);
        _server.Draft.Keys.ShouldBe(["Data.csv"]);
        _server.Sent.ShouldBe(0);
    }

    [Fact]
    public async Task A_draft_of_another_run_is_left_as_it_is_and_told_of()
    {
        Write("mine.csv", "one");
        _server.DraftBegunUnder = "another-run";
        _server.Draft["theirs.csv"] = "two";

        (await Should.ThrowAsync<TallyProblemException>(Publish)).Kind.ShouldBe("draft-exists");

        _server.Draft.ShouldBe(new Dictionary<string, string> { ["theirs.csv"] = "two" });
        _server.Published.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_published_is_named_by_the_hash_of_the_folder()
    {
        Write("a.csv", "one");
        Write("b.bin", "two");

        await Publish();

        _server.Meant.ShouldBe(VersionHash.Of(_server.Work,
        [
            new("a.csv", FakeCatalog.Sha256("one"u8.ToArray()), 3, "text/csv"),
            new("b.bin", FakeCatalog.Sha256("two"u8.ToArray()), 3, "application/octet-stream"),
        ]));
    }

    [Fact]
    public async Task A_broken_upload_of_small_files_is_sent_again()
    {
        Write("a.csv", "one");
        _server.Breaks = 1;

        (await Publish()).Uploaded.ShouldBe(1);
        _server.Draft["a.csv"].ShouldBe("one");
    }

    [Fact]
    public async Task A_large_file_goes_on_where_it_broke_off_however_often()
    {
        var content = new string('x', 3_000_000);
        Write("a.csv", content);
        (_server.Breaks, _server.BreaksAfterBytes) = (20, 100_000);

        await Publish();

        _server.Draft["a.csv"].ShouldBe(content);
        _server.BytesSent.ShouldBe(content.Length, "no byte went twice");
    }

    [Fact]
    public async Task A_file_that_became_shorter_ends_it_at_once_and_is_named()
    {
        Write("a.csv", new string('x', 2_000_000));
        // After it was hashed.
        _server.BeforeContent = () => Write("a.csv", "");

        var failure = await Should.ThrowAsync<IOException>(Publish);

        failure.ShouldBeOfType<IOException>();
        failure.Message.ShouldContain("a.csv");
        _server.Sent.ShouldBe(0);
        _server.Published.ShouldBeFalse();
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        Write("a.csv", new string('x', 3_000_000));
        Write("b.csv", "two");
        (_server.Breaks, _server.BreaksAfterBytes) = (1, 1_000);
        var seen = new List<PublishProgress>();

        using var client = Client();
        await new PublishWork(client).Run(
            _server.Work, LocalFolder.Read(_folder, follow: false).Files, null, new Collected(seen), TestContext.Current.CancellationToken);

        seen[^1].BytesDone.ShouldBe(3_000_003);
        seen.ShouldAllBe(p => p.BytesTotal == 3_000_003 && p.BytesDone <= 3_000_003);
    }

    [Fact]
    public async Task All_names_that_no_work_can_have_are_told_at_once_before_anything_is_sent()
    {
        foreach (var name in new[] { "a.csv", "A.csv", "b\n.csv", "CON", "x:y", "what?.csv", "mark\u200E.csv" })
        {
            Write(name, "one");
        }

        var told = (await Should.ThrowAsync<InvalidDataException>(Publish)).Message;

        foreach (var name in new[] { "'a.csv'", "'b\\u000A.csv'", "'CON'", "'x:y'", "'what?.csv'", "'mark\\u200E.csv'" })
        {
            told.ShouldContain(name);
        }

        _server.Requests.ShouldBe(0);
    }

    private async Task<PublishResult> Publish()
    {
        using var client = Client();
        return await new PublishWork(client).Run(
            _server.Work, LocalFolder.Read(_folder, follow: false).Files, null, null, TestContext.Current.CancellationToken, Key);
    }

    private TallyClient Client() => new(new Uri("http://server.example/"), "tsk_test", _server, new FastClock());

    private void Write(string path, string content)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private sealed class Collected(List<PublishProgress> into) : IProgress<PublishProgress>
    {
        public void Report(PublishProgress value) => into.Add(value);
    }
}
