using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Access;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

/// <summary>Since when a path has its content: what stays keeps its time, and two contents never have the same.</summary>
public sealed class ModifiedTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_new_version_does_not_change_keeps_its_time_and_what_it_changes_gets_a_later_one()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var gate = server.Client(TestServer.GateSecret);
        var (work, first) = await creator.Draft();
        await Publish(creator, work, first, ("same.csv", "1,2,3"), ("other.csv", "4,5,6"));
        await Wait.ForEvents(server);
        var before = await Files(gate, work);
        var second = VersionId.Parse((string)(await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop).Json(201))["version_id"]!);
        // Within the same second, if the machine is fast.
        await Publish(creator, work, second, ("same.csv", "1,2,3"), ("other.csv", "7,8,9"), ("new.csv", "0"));
        await Wait.ForEvents(server);

        var after = await Files(gate, work);

        before.Values.ShouldAllBe(at => at!.Value.Ticks % TimeSpan.TicksPerSecond == 0);
        after["same.csv"].ShouldBe(before["same.csv"]);
        after["other.csv"].ShouldNotBeNull().ShouldBeGreaterThan(before["other.csv"]!.Value);
        after["new.csv"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Gates_that_were_told_without_times_are_told_once_more()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var gate = server.Client(TestServer.GateSecret);
        var (work, draft) = await creator.Draft();
        await Publish(creator, work, draft, ("same.csv", "1,2,3"));
        await Wait.ForEvents(server);
        var told = await Files(gate, work);
        await server.Database.InTransaction(
            tx => tx.Execute("update access.feed set body = body #- '{files,0,modified_at}' where key = @Key", new { Key = work.ToString() }), Stop);
        (await Files(gate, work))["same.csv"].ShouldBeNull();

        await server.Services.GetRequiredService<RefreshFeed>().Step(Stop);

        (await Files(gate, work))["same.csv"].ShouldBe(told["same.csv"]);
    }

    private static async Task Publish(Member creator, WorkId work, VersionId version, params (string Path, string Content)[] files)
    {
        foreach (var (path, content) in files)
        {
            await creator.Upload(work, version, path, content).Json();
        }

        await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
    }

    private static async Task<Dictionary<string, DateTimeOffset?>> Files(HttpClient gate, WorkId work) =>
        (await gate.Feed(0)).Body<FeedWork>(FeedKind.Work, work.ToString()).Files.ToDictionary(f => f.Path, f => f.ModifiedAt);
}
