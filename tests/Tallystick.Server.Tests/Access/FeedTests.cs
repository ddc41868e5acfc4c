using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Licences;
using Tallystick.Server.Access;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

public sealed class FeedTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gate_learns_keys_works_offers_and_revocations_and_only_the_newest_of_each()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        using var gate = server.Client(TestServer.GateSecret);
        var (work, version) = await creator.Published();
        var offer = await creator.MeteredOffer(work);
        var (licence, token) = await buyer.Licence(offer);
        await creator.Http.PostAsync($"/v1/offers/{offer}/withdraw", null, Stop);
        await creator.Revoke(licence, "Misuse.").Json();
        await Wait.ForEvents(server);

        var page = await gate.Feed(0);

        page.Entries.Select(e => e.Seq).ShouldBeInOrder();
        page.Head.ShouldBe(page.Entries[^1].Seq);
        page.Entries.Select(e => (e.Kind, e.Key)).Distinct().Count().ShouldBe(page.Entries.Count);
        var fed = page.Body<FeedWork>(FeedKind.Work, work.ToString());
        fed.VersionId.ShouldBe(version);
        fed.Files.Select(f => (f.Path, f.Sha256, f.SizeBytes)).ShouldBe(
            [("shard-0001.csv", Market.Sha256("1,2,3"), 5), ("shard-0002.csv", Market.Sha256("4,5,6"), 5)]);
        var shown = page.Body<FeedOffer>(FeedKind.Offer, offer.ToString());
        shown.OnSale.ShouldBeFalse();
        shown.Price.ToString().ShouldBe("0.10 USD per shard and pass");
        shown.BuyUrl.ShouldBe($"http://server.test/works/{work}#{offer}");
        var status = page.Body<FeedLicenceStatus>(FeedKind.LicenceStatus, licence.ToString());
        (status.Status, status.Reason).ShouldBe((LicenceStatus.Invalid, "Misuse."));
        var keys = page.Entries.Where(e => e.Kind == FeedKind.SigningKey).Select(e => e.Body.Deserialize<FeedSigningKey>(TallyJson.Options)!);
        LicenceToken.Verify(token, new VerificationKeys(keys)).Facts!.LicenceId.ShouldBe(licence);
    }

    [Fact]
    public async Task A_gate_learns_the_newest_versions_each_by_itself_and_no_others()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Access:VersionsMost"] = "2" });
        var creator = await Member.Creator(server);
        using var gate = server.Client(TestServer.GateSecret);
        var (work, first) = await creator.Published();
        var versions = new List<VersionId> { first };
        for (var number = 2; number <= 4; number++)
        {
            var next = VersionId.Parse((string)(await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201))["version_id"]!);
            await creator.Upload(work, next, "data.csv", $"version {number}").Json();
            await creator.Http.PostAsync($"/v1/works/{work}/versions/{next}/publish", null, Stop).Json();
            versions.Add(next);
        }

        await Wait.ForEvents(server);
        var page = await gate.Feed(0);

        page.Entries.Where(e => e.Kind == FeedKind.Version && e.Body is not null).Select(e => e.Key)
            .ShouldBe(versions.TakeLast(2).Select(v => v.ToString()), ignoreOrder: true);
        page.Body<FeedWork>(FeedKind.Version, versions[2].ToString()).Files.ShouldHaveSingleItem().Sha256.ShouldBe(Market.Sha256("version 3"));
        page.Body<FeedWork>(FeedKind.Work, work.ToString()).VersionId.ShouldBe(versions[3]);
    }

    [Fact]
    public async Task What_ended_twice_over_is_not_in_the_feed_of_a_gate_that_starts_and_disturbs_none_that_has_it()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        using var gate = server.Client(TestServer.GateSecret);
        var (work, _) = await creator.Published();
        var (short30, _) = await buyer.Licence(await creator.MeteredOffer(work, terms: new { rights_scope = new[] { "ai-train" }, valid_days = 30 }));
        var (long900, _) = await buyer.Licence(await creator.MeteredOffer(work, terms: new { rights_scope = new[] { "ai-train" }, valid_days = 900 }));
        await creator.Revoke(short30).Json();
        await creator.Revoke(long900).Json();
        await Wait.ForEvents(server);
        var before = await gate.Feed(0);
        var thin = server.Services.GetRequiredService<ThinFeed>();

        (await thin.Step(Stop)).ShouldBeFalse();
        (await gate.Feed(0)).Entries.Count.ShouldBe(before.Entries.Count, "neither licence's time is over");
        server.Clock.Advance(TimeSpan.FromDays(40));
        await thin.Step(Stop);

        var after = await gate.Feed(0);
        Statuses(before).ShouldBe([short30.ToString(), long900.ToString()], ignoreOrder: true);
        Statuses(after).ShouldBe([long900.ToString()]);
        after.Head.ShouldBe(before.Head);
        var goesOn = await gate.Feed(before.Head, generation: before.Generation);
        (goesOn.FromStart, goesOn.Entries.Count).ShouldBe((false, 0));

        static IEnumerable<string> Statuses(FeedPage page) => page.Entries.Where(e => e.Kind == FeedKind.LicenceStatus).Select(e => e.Key);
    }

    [Fact]
    public async Task A_waiting_gate_is_woken_by_what_is_published()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var gate = server.Client(TestServer.GateSecret);
        var (work, _) = await creator.Published();
        await Wait.ForEvents(server);
        var before = await gate.Feed(0);

        var waiting = gate.Feed(before.Head, wait: 30);
        var start = Stopwatch.GetTimestamp();
        var offer = await creator.MeteredOffer(work);
        var page = await waiting;

        page.Entries.ShouldHaveSingleItem().Key.ShouldBe(offer.ToString());
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Nothing_new_is_an_empty_page_after_the_wait_and_a_head_that_fell_is_told_at_once()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        await Wait.ForEvents(server);
        var head = (await gate.Feed(0)).Head;

        var start = Stopwatch.GetTimestamp();
        (await gate.Feed(head, wait: 1)).Entries.ShouldBeEmpty();
        Stopwatch.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        start = Stopwatch.GetTimestamp();
        (await gate.Feed(head + 1_000, wait: 30)).Head.ShouldBe(head);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Whoever_has_seen_a_number_has_seen_everything_below_it()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        var writer = server.Services.GetRequiredService<Feed>();
        await Wait.ForEvents(server);
        var start = (await gate.Feed(0)).Head;
        var seen = new List<long>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var reading = Task.Run(
            async () =>
            {
                var after = start;
                while (!done.IsCancellationRequested)
                {
                    var page = await gate.Feed(after);
                    seen.AddRange(page.Entries.Select(e => e.Seq));
                    after = page.Entries.Count > 0 ? page.Entries[^1].Seq : after;
                }
            },
            Stop);

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.Database.InTransaction(
            async tx =>
            {
                await writer.Put(tx, FeedKind.Offer, $"key-{i}", new { i });
                await Task.Delay(i % 3, Stop);
            },
            Stop)));
        var all = await server.Database.Query<long>("select seq from access.feed where key like 'key-%' order by seq", null, Stop);
        await Eventually.Holds(() => Task.FromResult(seen.Count >= all.Count), "that the reader has seen all");
        await done.CancelAsync();
        await reading;

        seen.Where(all.Contains).ShouldBe(all);
    }

    [Theory]
    [InlineData("/gate/v1/feed?after=-1")]
    [InlineData("/gate/v1/feed?wait=61")]
    [InlineData("/gate/v1/feed?after=x")]
    [InlineData("/gate/v1/feed?after=99999999999999999999")]
    public async Task A_bad_question_is_refused(string url)
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);

        (await gate.GetAsync(url, Stop).Problem(400)).ShouldBe("invalid-request");
    }

    [Fact]
    public async Task Only_gates_follow_the_feed()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var nobody = server.Client();
        using var forged = server.Client("tgk_another-secret-that-nobody-knows-0123456789");

        (await creator.Http.GetAsync("/gate/v1/feed", Stop).Problem(401)).ShouldBe("unauthenticated");
        (await nobody.GetAsync("/gate/v1/feed", Stop).Problem(401)).ShouldBe("unauthenticated");
        (await forged.GetAsync("/gate/v1/feed", Stop).Problem(401)).ShouldBe("unauthenticated");
    }
}

internal static class FeedCalls
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<FeedPage> Feed(this HttpClient gate, long after, int wait = 0, string? generation = null) =>
        (await gate.GetFromJsonAsync<FeedPage>(
            $"/gate/v1/feed?after={after}&wait={wait}{(generation is null ? "" : $"&generation={generation}")}", TallyJson.Options, Stop))!;

    public static T Body<T>(this FeedPage page, FeedKind kind, string key) =>
        page.Entries.Single(e => e.Kind == kind && e.Key == key).Body.Deserialize<T>(TallyJson.Options)!;
}
