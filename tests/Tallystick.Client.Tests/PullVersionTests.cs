using System.Text.Json.Nodes;
using Tallystick.Core.Catalog;

namespace Tallystick.Client.Tests;

/// <summary>What is in a folder is of one version, which it tells; what is of another is told or removed.</summary>
public sealed class PullVersionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-pull-").FullName;
    private readonly FastClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_pulled_is_not_delivered_in_place_of_the_other()
    {
        var gate = new VersionedGate();
        gate.Publish(("a.csv", new string('a', 50_000)));
        await using var server = gate.Serve(tellsVersions: false);
        gate.BeforeFile = () => gate.Publish(("a.csv", new string('b', 50_000)));

        (await Should.ThrowAsync<InvalidDataException>(() => Pull(gate, server))).Message.ShouldContain("replaced");

        gate.BytesSent.ShouldBe(0);
    }

    [Fact]
    public async Task Nor_by_something_on_the_way_that_knows_no_conditions()
    {
        var gate = new VersionedGate { IgnoresConditions = true };
        gate.Publish(("a.csv", new string('a', 400_000)));
        await using var server = gate.Serve(tellsVersions: false);
        gate.BeforeFile = () => gate.Publish(("a.csv", new string('b', 400_000)));

        (await Should.ThrowAsync<InvalidDataException>(() => Pull(gate, server))).Message.ShouldContain("replaced");

        Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length).ShouldBe(0);
    }

    [Fact]
    public async Task A_pull_ends_with_the_version_it_began_with()
    {
        var gate = new VersionedGate();
        var first = gate.Publish(("a.csv", "one"), ("b.csv", "two"));
        await using var server = gate.Serve();
        gate.BeforeFile = () => gate.Publish(("a.csv", "other"), ("c.csv", "new"));

        (await Pull(gate, server)).Version.ShouldBe(first);

        (await File.ReadAllTextAsync(Path.Combine(_folder, "a.csv"), Stop)).ShouldBe("one");
        var manifest = (await PullManifest.Read(_folder, Stop))!;
        manifest.VersionId.ShouldBe(first);
        manifest.Files.Select(f => f.Path).ShouldBe(["a.csv", "b.csv"]);
        manifest.VersionHash.ShouldBe(VersionHash.Of(gate.Work, [VersionedGate.Hashed("a.csv", "one"), VersionedGate.Hashed("b.csv", "two")]));
        (await Pull(gate, server, new(Version: first))).Skipped.ShouldBe(2);
    }

    [Fact]
    public async Task Files_of_an_earlier_version_are_told_and_removed_only_when_asked_for_and_untouched()
    {
        var gate = new VersionedGate();
        gate.Publish(("kept.csv", "1"), ("old/gone.csv", "2"), ("old/edited.csv", "3"));
        await using var server = gate.Serve();
        await Pull(gate, server);
        await File.WriteAllTextAsync(Path.Combine(_folder, "old/edited.csv"), "mine", Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes.txt"), "mine", Stop);
        gate.Publish(("kept.csv", "1"), ("new.csv", "4"));

        var told = await Pull(gate, server);
        var pruned = await Pull(gate, server, new(Prune: true));

        told.Removed.ShouldBeEmpty();
        told.Left.ShouldBe(
            [new("old/gone.csv", "earlier_version"), new("old/edited.csv", "changed"), new("notes.txt", "unknown")], ignoreOrder: true);
        pruned.Removed.ShouldBe(["old/gone.csv"]);
        pruned.Left.Select(f => f.Path).ShouldBe(["old/edited.csv", "notes.txt"], ignoreOrder: true);
        File.Exists(Path.Combine(_folder, "old/gone.csv")).ShouldBeFalse();
        (await File.ReadAllTextAsync(Path.Combine(_folder, "old/edited.csv"), Stop)).ShouldBe("mine");
    }

    [Fact]
    public async Task What_only_is_not_asked_for_again_stays_in_the_manifest()
    {
        var gate = new VersionedGate();
        gate.Publish(("a/1.csv", "1"), ("b/2.csv", "2"));
        await using var server = gate.Serve();

        await Pull(gate, server, new(Wanted: f => f.Path.StartsWith("a/", StringComparison.Ordinal)));
        var second = await Pull(gate, server, new(Wanted: f => f.Path.StartsWith("b/", StringComparison.Ordinal), Prune: true));

        second.Removed.ShouldBeEmpty();
        JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, PullManifest.Path), Stop))!["files"]!.AsArray()
            .Select(f => (string)f!["path"]!).ShouldBe(["a/1.csv", "b/2.csv"]);
    }

    private async Task<PullResult> Pull(VersionedGate gate, RawServer server, PullOptions? options = null)
    {
        using var puller = new PullWork(server.Address, "licence", clock: _clock);
        return await puller.Run(gate.Work, _folder, options ?? new(), null, Stop);
    }
}
