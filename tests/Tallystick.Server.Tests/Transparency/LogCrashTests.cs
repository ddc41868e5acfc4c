using System.Diagnostics;
using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Transparency.LogHarness;

namespace Tallystick.Server.Tests.Transparency;

/// <summary>
/// A real server process is killed at every named point of a round. After the next start every receipt is in the log
/// once, every receipt given out before still verifies, and the log is a continuation of what was published.
/// </summary>
public sealed class LogCrashTests(Postgres postgres)
{
    [Theory]
    [InlineData("log.before_rows")]
    [InlineData("log.after_rows")]
    [InlineData("log.between_tiles")]
    [InlineData("log.after_tiles")]
    [InlineData("log.before_checkpoint")]
    [InlineData("log.between_checkpoints")]
    [InlineData("log.after_checkpoint")]
    public async Task A_server_killed_anywhere_in_a_round_loses_repeats_and_forks_nothing(string point)
    {
        var database = await postgres.NewDatabase();
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        List<ReceiptId> ids = [];
        LogReceipt early;
        Checkpoint before;
        await using (var server = await TestServer.Start(postgres, null, database, folder))
        {
            // A tile that is nearly full, so that the round completes one and begins another.
            await server.AppendMany(250, "sea_");
            early = await server.Published(await server.Append("lic_early"));
            before = await server.CheckpointOf(251);
        }

        // The process finds these waiting; the point is reached in the round that takes them.
        await using (var silent = await TestServer.Start(postgres, null, database, OtherFolder()))
        {
            for (var i = 0; i < 20; i++)
            {
                ids.Add(await silent.Append($"lic_{i}"));
            }
        }

        await DieAt(point, database, folder);

        await using var again = await TestServer.Start(postgres, null, database, folder);
        var key = await again.Key();
        var indexes = new List<long>();
        foreach (var id in ids)
        {
            var verdict = Verify(await again.Published(id), key).ShouldBeOfType<ReceiptVerdict.Valid>();
            indexes.Add(verdict.Facts.Index);
        }

        indexes.Order().ShouldBe(Enumerable.Range(251, 20).Select(i => (long)i));
        Verify(early, key).ShouldBeOfType<ReceiptVerdict.Valid>();
        var now = await again.CheckpointOf(271);
        now.Size.ShouldBe(271);
        await LogRecoveryTests.ShouldBeConsistent(again, before, now);
        Directory.GetFiles(folder, "*.new", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    /// <summary>A server there refuses, because the database has checkpoints of a key that the folder lacks: it only appends.</summary>
    private static string OtherFolder() => Directory.CreateTempSubdirectory("tally-test-").FullName;

    private static async Task DieAt(string point, string database, string folder)
    {
        // After a clean start there is nothing to recover, so the first round is the one with the waiting leaves.
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Tallystick.Server"))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
            Environment = { ["TALLY_CRASH_AT"] = point, ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" },
        };
        foreach (var (key, value) in TestServer.Settings(database, folder))
        {
            start.Environment["Tally__" + key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var said = new StringBuilder();
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.OutputDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            process.Kill();
        }

        process.ExitCode.ShouldBe(137, said.ToString());
        said.ToString().ShouldContain($"crash point reached: {point}");
    }
}
