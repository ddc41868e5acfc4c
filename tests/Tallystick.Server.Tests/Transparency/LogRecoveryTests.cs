using System.Net;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Transparency;
using Tallystick.Server.Tests.Support;
using Tallystick.Server.Transparency;
using Tallystick.Server.Transparency.Contracts;
using static Tallystick.Server.Tests.Transparency.LogHarness;

namespace Tallystick.Server.Tests.Transparency;

/// <summary>Restarts, lost files and restored databases: the log goes on where it was, or says why it does not.</summary>
public sealed class LogRecoveryTests(Postgres postgres)
{
    [Fact]
    public async Task A_restarted_log_goes_on_and_old_receipts_stay_valid()
    {
        var (database, folder) = await Place();
        LogReceipt old;
        VerifierKey key;
        Checkpoint before;
        await using (var server = await Start(database, folder))
        {
            await server.AppendMany(300, "sea_");
            old = await server.Published(await server.Append("lic_1"));
            (key, before) = (await server.Key(), await server.CheckpointOf(301));
        }

        await using var again = await Start(database, folder);
        var next = await again.Published(await again.Append("lic_2"));

        (await again.Key()).ShouldBe(key);
        Verify(old, key).ShouldBeOfType<ReceiptVerdict.Valid>();
        Verify(next, key).ShouldBeOfType<ReceiptVerdict.Valid>().Facts.Index.ShouldBe(301);
        await ShouldBeConsistent(again, before, await again.CheckpointOf(302));
    }

    [Fact]
    public async Task Lost_and_cut_files_are_built_again_from_the_rows()
    {
        var (database, folder) = await Place();
        await using (var server = await Start(database, folder))
        {
            await server.AppendMany(600, "sea_");
            await server.CheckpointOf(600);
        }

        var log = Path.Combine(folder, "log");
        var whole = Directory.GetFiles(log, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
            .ToDictionary(f => f, File.ReadAllBytes);
        Directory.Delete(Path.Combine(log, "tile", "entries"), recursive: true);
        File.Delete(Path.Combine(log, "checkpoint"));
        await File.WriteAllBytesAsync(Path.Combine(log, "tile", "0", "000"), [1, 2, 3], Stop);

        await using var again = await Start(database, folder);
        await again.CheckpointOf(600);

        foreach (var (file, bytes) in whole)
        {
            (await File.ReadAllBytesAsync(file, Stop)).ShouldBe(bytes, file);
        }
    }

    [Fact]
    public async Task A_database_that_is_older_than_the_published_checkpoint_is_refused()
    {
        var (database, folder) = await Place();
        await using (var server = await Start(database, folder))
        {
            await server.AppendMany(5, "sea_");
            await server.CheckpointOf(5);
        }

        await using var restored = await Start(await postgres.NewDatabase(), folder);

        await ShouldRefuse(restored, "published, but the database holds only 0");
        (await restored.CheckpointOf(5)).Size.ShouldBe(5);
        var id = await restored.Append("lic_1");
        await Task.Delay(500, Stop);
        (await restored.Receipts().Find(id, Stop)).ShouldBeOfType<FoundReceipt.Pending>();
    }

    [Fact]
    public async Task A_database_with_another_past_is_refused()
    {
        var (database, folder) = await Place();
        await using (var server = await Start(database, folder))
        {
            await server.AppendMany(5, "sea_");
            await server.CheckpointOf(5);
        }

        var (otherDatabase, otherFolder) = await Place();
        Directory.CreateDirectory(Path.Combine(otherFolder, "keys"));
        File.Copy(Path.Combine(folder, "keys", "log.key"), Path.Combine(otherFolder, "keys", "log.key"));
        await using (var server = await Start(otherDatabase, otherFolder))
        {
            await server.AppendMany(7, "other_");
            await server.CheckpointOf(7);
        }

        // Even with the tiles gone, the copy that is kept apart remembers.
        Directory.Delete(Path.Combine(folder, "log"), recursive: true);
        await using var restored = await Start(otherDatabase, folder);

        await ShouldRefuse(restored, "first 5 entries are not those that were published");
    }

    [Fact]
    public async Task A_lost_key_is_not_replaced_behind_the_verifiers_backs()
    {
        var (database, folder) = await Place();
        await using (var server = await Start(database, folder))
        {
            await server.CheckpointOf(0);
        }

        File.Delete(Path.Combine(folder, "keys", "log.key"));
        await using var again = await Start(database, folder);

        await ShouldRefuse(again, "key is missing");
        File.Exists(Path.Combine(folder, "keys", "log.key")).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_origin_needs_another_log()
    {
        var (database, folder) = await Place();
        await using (var server = await Start(database, folder))
        {
            await server.CheckpointOf(0);
        }

        await using var again = await TestServer.Start(
            postgres, new() { ["Transparency:Origin"] = "elsewhere.example/log" }, database, folder);

        await ShouldRefuse(again, "is the key of the log 'server.test/log', not of 'elsewhere.example/log'");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_key_is_readable_by_its_owner_only()
    {
        await using var server = await TestServer.Start(postgres);
        await server.CheckpointOf(0);

        File.GetUnixFileMode(Path.Combine(server.Folder, "keys", "log.key"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<(string Database, string Folder)> Place() =>
        (await postgres.NewDatabase(), Directory.CreateTempSubdirectory("tally-test-").FullName);

    private Task<TestServer> Start(string database, string folder) =>
        TestServer.Start(postgres, null, database, folder);

    private static async Task ShouldRefuse(TestServer server, string reason)
    {
        var state = server.Services.GetRequiredService<LogState>();
        await Until(() => Task.FromResult(state.Refusal is not null));
        state.Refusal!.ShouldContain(reason);
        using var client = server.Client();
        using var ready = await client.GetAsync("/health/ready", Stop);
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    /// <summary>From served tiles only, as any outsider would.</summary>
    internal static async Task ShouldBeConsistent(TestServer server, Checkpoint old, Checkpoint now)
    {
        using var client = server.Client();
        var tiles = new Dictionary<string, byte[]>();
        foreach (var level in new[] { 0, 1 })
        {
            for (var index = 0L; TileLayout.AddressAt(level, index, now.Size) is { Width: > 0 } address; index++)
            {
                tiles[address.Path] = await client.GetByteArrayAsync("/log/" + address.Path, Stop);
            }
        }

        MerkleHash Read(MerkleNode node) => TileLayout.HashIn(node, tiles[TileLayout.TileOf(node, now.Size).Path]);
        MerkleTree.Root(now.Size, Read).ShouldBe(now.Root);
        var proof = old.Size == 0 ? [] : MerkleTree.ConsistencyProof(old.Size, now.Size, Read);
        MerkleProof.VerifyConsistency(old.Size, old.Root, now.Size, now.Root, proof).ShouldBeTrue();
    }
}
