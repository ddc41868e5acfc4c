using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

/// <summary>
/// Several people upload, replace, remove, discard and publish the same few contents at the same time, while time leaps
/// and blobs are swept. In whatever order it comes: what is named is there, whole, and nothing else is left.
/// </summary>
public sealed class SweepSimulationTests(Postgres postgres)
{
    private const int Actors = 5;
    private const int DeedsOfEach = 60;
    private static readonly string[] Contents = [.. Enumerable.Range(0, 6).Select(i => new string((char)('a' + i), 1 << (2 * i)))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_named_blob_is_there_whole_and_no_unnamed_old_one_is(int seed)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        // Fewer works than people: also what happens to one draft happens at the same time.
        var works = new List<WorkId>();
        for (var i = 0; i < 3; i++)
        {
            works.Add((await creator.Draft($"Work {i}")).Work);
        }

        await Task.WhenAll(Enumerable.Range(0, Actors).Select(actor => Task.Run(
            async () =>
            {
                var random = new Random((seed * 1_000) + actor);
                for (var deed = 0; deed < DeedsOfEach; deed++)
                {
                    await Do(server, creator, works[random.Next(works.Count)], random);
                }
            },
            Stop)));
        var named = await Named(server);
        // While time was leaping and blobs were swept, too, none that is named was lost.
        named.ShouldBeSubsetOf(Kept(server));
        server.Clock.Advance(TimeSpan.FromHours(2));
        await SweepAll(server);
        server.Clock.Advance(SweepBlobs.KeptAside + TimeSpan.FromMinutes(1));
        await server.Services.GetRequiredService<SweepBlobs>().Settle(Stop);

        named.ShouldNotBeEmpty();
        Kept(server).ShouldBe(named, ignoreOrder: true);
        foreach (var blob in named)
        {
            Market.Sha256(await File.ReadAllTextAsync(Path.Combine(server.Folder, "blobs", blob), Stop)).ShouldBe(Path.GetFileName(blob));
        }
    }

    private static async Task Do(TestServer server, Member creator, WorkId work, Random random)
    {
        var (content, path) = (Contents[random.Next(Contents.Length)], $"{random.Next(3)}.csv");
        var deed = random.Next(100);
        if (deed < 20)
        {
            var folder = int.Parse(Market.Sha256(content)[..2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await server.Services.GetRequiredService<SweepBlobs>().Sweep(folder, Stop);
            return;
        }

        if (deed < 30)
        {
            server.Clock.Advance(TimeSpan.FromMinutes(random.Next(90)));
            return;
        }

        var draft = await Draft(creator, work);
        using var answer = await (deed switch
        {
            < 75 => creator.Upload(work, draft, path, content),
            < 85 => creator.Http.DeleteAsync($"/v1/works/{work}/versions/{draft}/files/{path}", Stop),
            < 96 => creator.Http.DeleteAsync($"/v1/works/{work}/versions/{draft}", Stop),
            _ => creator.Http.PostAsync($"/v1/works/{work}/versions/{draft}/publish", null, Stop),
        });
        // Others were at the same draft meanwhile.
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.Conflict);
    }

    private static async Task<VersionId> Draft(Member creator, WorkId work)
    {
        using var answer = await creator.Http.PostAsync($"/v1/works/{work}/versions", null, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return VersionId.Parse((string)JsonNode.Parse(text)!["version_id"]!);
    }

    private static async Task SweepAll(TestServer server)
    {
        for (var folder = 0; folder < SweepBlobs.Folders; folder++)
        {
            await server.Services.GetRequiredService<SweepBlobs>().Sweep(folder, Stop);
        }
    }

    private static async Task<IReadOnlyList<string>> Named(TestServer server) =>
    [
        .. (await server.Database.Query<string>("select distinct sha256 from catalog.file", null, Stop)).Select(BlobPath.Of),
    ];

    /// <summary>Every file below the blob folder, also what is set aside or half arrived.</summary>
    private static IReadOnlyList<string> Kept(TestServer server) =>
    [
        .. Directory.GetFiles(Path.Combine(server.Folder, "blobs"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(server.Folder, "blobs"), f)),
    ];
}
