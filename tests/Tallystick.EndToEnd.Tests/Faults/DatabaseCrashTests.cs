using System.Collections.Concurrent;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>PostgreSQL dies as by a power cut, again and again, under an installation that <c>./tally up</c> started.</summary>
public sealed class DatabaseCrashTests
{
    // One a step of the story, each when the named work is under way. The watcher allows five ends a minute.
    private static readonly (string Step, string What, string UnderWay)[] Moments =
    [
        ("buy", "a purchase", "select count(*) from payments.checkout where kind = 'purchase'"),
        ("give back", "a grant", "select count(*) - 1 from licensing.licence"),
        ("pull", "usage being counted", "select count(*) from metering.event"),
        ("bill", "a billing run", "select count(*) from royalties.run"),
        ("bill", "a payout", "select count(*) from payouts.payout"),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_or_paid_twice_when_the_database_dies_in_every_step_and_the_server_lives_on()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        installation.Environment["Tally__Payments__SweepAfterSeconds"] = "2";
        var up = await installation.Tally("up", "--detach");
        up.ExitCode.ShouldBe(0, up.Errors);
        var (server, gate) = (installation.Pid("server"), installation.Pid("gate"));
        var place = installation.Place;
        using var story = new Story(place);
        await story.Prepare();
        var before = await Truth.Checkpoint(story);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var kills = new List<Task>();
        story.Begins = step =>
        {
            kills.Add(KillInTurn(installation, place, [.. Moments.Where(m => m.Step == step)]));
            return Task.CompletedTask;
        };
        var answers = Ask(place, story.Buyer, ended.Token);

        await story.Run();
        await Task.WhenAll(kills);
        await Truth.Holds(place, story, before);

        await ended.CancelAsync();
        var seen = await answers;
        seen.Keys.Where(k => k is not ("200" or "503")).ShouldBeEmpty();
        seen.GetValueOrDefault("503").ShouldBePositive("nobody asked while the database was away");
        story.Server.Broken.ShouldBeEmpty();
        (installation.Pid("server"), installation.Pid("gate")).ShouldBe((server, gate), "they recover without being started again");
    }

    private static async Task KillInTurn(Installation installation, Place place, (string Step, string What, string UnderWay)[] moments)
    {
        foreach (var (_, what, underWay) in moments)
        {
            await place.Sees(underWay, what);
            await installation.KillDatabase();
        }
    }

    /// <summary>Everybody else goes on asking: reads, writes, pages.</summary>
    private static async Task<ConcurrentDictionary<string, int>> Ask(Place place, string key, CancellationToken ended)
    {
        var seen = new ConcurrentDictionary<string, int>();
        using var http = new HttpClient { BaseAddress = new Uri(place.ServerUrl) };
        (string Method, string Path)[] asked = [("GET", "/v1/wallet"), ("GET", "/v1/works"), ("GET", "/v1/licences"), ("POST", "/oauth/introspect")];
        for (var i = 0; !ended.IsCancellationRequested; i++)
        {
            var (method, path) = asked[i % asked.Length];
            using var request = new HttpRequestMessage(new(method), path)
            {
                Headers = { Authorization = new("Bearer", key) },
                Content = method == "POST" ? new FormUrlEncodedContent([KeyValuePair.Create("token", "none")]) : null,
            };
            using var answer = await http.SendAsync(request, CancellationToken.None);
            var known = answer.IsSuccessStatusCode ? "200" : Calls.SaysWhenToTryAgain(answer)
                ? "503"
                : $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}";
            seen.AddOrUpdate(known, 1, (_, n) => n + 1);
            await Task.Delay(20, CancellationToken.None);
        }

        return seen;
    }
}
