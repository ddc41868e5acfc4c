using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>Blobs that nothing names are removed; one that is named, or is just being named, never is.</summary>
public sealed class SweepTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_replaced_removed_discarded_or_refused_at_the_end_is_swept_once_it_is_old()
    {
        await using var shelf = await Shelf.Open(postgres);
        var (work, version) = await shelf.Creator.Published();
        var draft = await shelf.NewDraft(work);
        await shelf.Creator.Upload(work, draft, "shard-0001.csv", "replaced").Json();
        await shelf.Creator.Upload(work, draft, "shard-0001.csv", "discarded").Json();
        await shelf.Creator.Upload(work, draft, "shard-0002.csv", "4,5,6").Json();
        (await shelf.Creator.Http.DeleteAsync($"/v1/works/{work}/versions/{draft}", Stop)).EnsureSuccessStatusCode();
        await RefuseAtTheEnd(shelf, "refused");

        await shelf.Sweep();
        shelf.Blobs().Count.ShouldBe(5);
        shelf.Server.Clock.Advance(TimeSpan.FromMinutes(61));
        await shelf.Sweep();
        shelf.Aside().Count.ShouldBe(3);
        shelf.Server.Clock.Advance(SweepBlobs.KeptAside + TimeSpan.FromMinutes(1));
        await shelf.Sweeper.Settle(Stop);

        shelf.Blobs().ShouldBe([Market.Sha256("1,2,3"), Market.Sha256("4,5,6")], ignoreOrder: true);
        var hash = (string)(await shelf.Creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json())["hash"]!;
        hash.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_blob_that_cannot_be_moved_is_set_aside_and_all_others_are_swept()
    {
        await using var shelf = await Shelf.Open(postgres);
        var stuck = await shelf.Unnamed("stuck");
        var fine = await shelf.Unnamed("fine");
        // A folder in the place where the file must go: no rights of a user are needed to refuse a move.
        Directory.CreateDirectory(Path.Combine(shelf.Server.Folder, "blobs", "swept", Market.Sha256("stuck"), "in-the-way"));

        await shelf.Sweep();

        File.Exists(stuck).ShouldBeTrue();
        File.Exists(fine).ShouldBeFalse();
        using var operators = shelf.Server.Client(TestServer.OperatorKey);
        var row = (await operators.GetAsync("/v1/set-aside?kind=catalog.stuck_blob", Stop).Json())["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)row["subject"]!).ShouldBe(Market.Sha256("stuck"));
    }

    [Fact]
    public async Task A_sweep_waits_for_an_upload_that_is_about_to_name_the_blob_again()
    {
        await using var shelf = await Shelf.Open(postgres);
        var blob = await shelf.Unnamed("content");
        var (work, draft) = await shelf.Creator.Draft();

        Task<HttpResponseMessage>? upload = null;
        Task? sweep = null;
        await shelf.Server.Database.InTransaction(
            async tx =>
            {
                // The upload holds the name and waits for the row that this transaction has.
                await tx.Execute("select 1 from catalog.version where id = @draft for update", new { draft });
                upload = shelf.Creator.Upload(work, draft, "a.csv", "content");
                await shelf.Waiting("transactionid", 1);
                // Not its age protects the blob now.
                Age(blob);
                sweep = shelf.Sweeper.Remove(Market.Sha256("content"), Stop);
                await shelf.Waiting("advisory", 1);
                File.Exists(blob).ShouldBeTrue();
            },
            Stop);
        (await upload!).EnsureSuccessStatusCode();
        await sweep!;

        (await File.ReadAllTextAsync(blob, Stop)).ShouldBe("content");
        shelf.Aside().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_that_comes_while_its_blob_is_swept_puts_its_own_there()
    {
        await using var shelf = await Shelf.Open(postgres);
        var blob = await shelf.Unnamed("content");
        // As long, but not the same: so that the end tells whose it is.
        await File.WriteAllTextAsync(blob, "CONTENT", Stop);
        Age(blob);
        var (work, draft) = await shelf.Creator.Draft();

        Task<HttpResponseMessage>? upload = null;
        Task? sweep = null;
        await shelf.Server.Database.InTransaction(
            async tx =>
            {
                // PostgreSQL hands a lock on in the order of asking.
                await Blobs.Hold(tx, Market.Sha256("content"));
                sweep = shelf.Sweeper.Remove(Market.Sha256("content"), Stop);
                await shelf.Waiting("advisory", 1);
                upload = shelf.Creator.Upload(work, draft, "a.csv", "content");
                await shelf.Waiting("advisory", 2);
            },
            Stop);
        (await upload!).EnsureSuccessStatusCode();
        await sweep!;

        (await File.ReadAllTextAsync(blob, Stop)).ShouldBe("content");
    }

    [Fact]
    public async Task What_is_set_aside_and_named_after_all_is_put_back_and_the_rest_goes_after_a_week()
    {
        await using var shelf = await Shelf.Open(postgres);
        await shelf.Creator.Published();
        var blob = shelf.PathOf("1,2,3");
        var aside = Path.Combine(shelf.Server.Folder, "blobs", "swept");
        Directory.CreateDirectory(aside);
        File.Move(blob, Path.Combine(aside, Path.GetFileName(blob)));
        await File.WriteAllTextAsync(Path.Combine(aside, Market.Sha256("nobody's")), "nobody's", Stop);

        await shelf.Sweeper.Settle(Stop);

        (await File.ReadAllTextAsync(blob, Stop)).ShouldBe("1,2,3");
        shelf.Aside().Count.ShouldBe(1);
        shelf.Server.Clock.Advance(SweepBlobs.KeptAside + TimeSpan.FromMinutes(1));
        await shelf.Sweeper.Settle(Stop);
        shelf.Aside().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_worker_comes_round_by_itself()
    {
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        var blob = Path.Combine(folder, "blobs", BlobPath.Of(Market.Sha256("left over")));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        await File.WriteAllTextAsync(blob, "left over", Stop);
        Age(blob);

        await using var server = await TestServer.Start(postgres, folder: folder);

        await Eventually.Holds(() => Task.FromResult(!File.Exists(blob)), "that the blob is gone");
    }

    [Fact]
    public async Task Uploads_that_a_crash_cut_off_are_removed_at_start_but_not_one_that_may_still_run()
    {
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        var incoming = Directory.CreateDirectory(Path.Combine(folder, "blobs", "incoming")).FullName;
        foreach (var (name, minutes) in new[] { ("old", 61), ("young", 59) })
        {
            await File.WriteAllTextAsync(Path.Combine(incoming, name), "half a fi", Stop);
            Age(Path.Combine(incoming, name), minutes);
        }

        await using var server = await TestServer.Start(postgres, folder: folder);

        Directory.GetFiles(incoming).Select(Path.GetFileName).ShouldBe(["young"]);
    }

    private static void Age(string file, int minutes = 120) =>
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-minutes));

    /// <summary>An upload that is published away under its feet after its content was stored.</summary>
    private static async Task RefuseAtTheEnd(Shelf shelf, string content)
    {
        var (work, draft) = await shelf.Creator.Draft();
        Task<HttpResponseMessage>? upload = null;
        await shelf.Server.Database.InTransaction(
            async tx =>
            {
                await tx.Execute("update catalog.version set published_at = now(), hash = 'h' where id = @draft", new { draft });
                upload = shelf.Creator.Upload(work, draft, "a.csv", content);
                await shelf.Waiting("transactionid", 1);
            },
            Stop);
        (await upload!.Problem(409)).ShouldBe("version-published");
    }

    /// <summary>A server whose blob folder is looked at, and its sweep.</summary>
    private sealed class Shelf : IAsyncDisposable
    {
        public required TestServer Server { get; init; }

        public required Member Creator { get; init; }

        public SweepBlobs Sweeper => Server.Services.GetRequiredService<SweepBlobs>();

        public static async Task<Shelf> Open(Postgres postgres)
        {
            // A server sweeps once at its start, in order of name: over when it has taken the last blob that there can be.
            var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
            var last = Path.Combine(folder, "blobs", BlobPath.Of(new string('f', 64)));
            Directory.CreateDirectory(Path.GetDirectoryName(last)!);
            await File.WriteAllTextAsync(last, "last", Stop);
            Age(last);
            var server = await TestServer.Start(postgres, folder: folder);
            var shelf = new Shelf { Server = server, Creator = await Member.Creator(server) };
            await Eventually.Holds(() => Task.FromResult(shelf.Aside().Count == 1), "that the first sweep is over");
            File.Delete(shelf.Aside()[0]);
            return shelf;
        }

        public string PathOf(string content) => Path.Combine(Server.Folder, "blobs", BlobPath.Of(Market.Sha256(content)));

        /// <summary>An old blob that nothing names.</summary>
        public async Task<string> Unnamed(string content)
        {
            var (work, draft) = await Creator.Draft();
            await Creator.Upload(work, draft, "once.csv", content).Json();
            (await Creator.Http.DeleteAsync($"/v1/works/{work}/versions/{draft}", Stop)).EnsureSuccessStatusCode();
            Age(PathOf(content));
            return PathOf(content);
        }

        public async Task<VersionId> NewDraft(WorkId work) => VersionId.Parse(
            (string)(await Creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201))["version_id"]!);

        public async Task Sweep()
        {
            for (var folder = 0; folder < SweepBlobs.Folders; folder++)
            {
                await Sweeper.Sweep(folder, Stop);
            }
        }

        /// <summary>So many transactions of this database stand in line for a lock of a kind.</summary>
        public Task Waiting(string kind, int many) => Eventually.Holds(
            async () => await Server.Database.QueryOne<int>(
                """
                select count(*)::int from pg_locks l join pg_stat_activity a on a.pid = l.pid
                where not l.granted and l.locktype = @kind and a.datname = current_database()
                """,
                new { kind },
                Stop) == many,
            $"that {many} wait for {kind}");

        public IReadOnlyList<string> Blobs() =>
        [
            .. Directory.GetFiles(Path.Combine(Server.Folder, "blobs"), "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)),
        ];

        public IReadOnlyList<string> Aside() => Path.Combine(Server.Folder, "blobs", "swept") is var aside && Directory.Exists(aside)
            ? Directory.GetFiles(aside)
            : [];

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
