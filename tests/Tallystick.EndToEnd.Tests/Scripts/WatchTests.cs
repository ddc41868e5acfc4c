using System.Text.RegularExpressions;

namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>What the watcher does with what keeps ending, and with logs that keep growing.</summary>
public sealed partial class WatchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_keeps_ending_is_left_alone_and_said_while_the_rest_goes_on_until_somebody_asks_for_it()
    {
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        var (watcher, server, postgres) = (installation.Pid("watcher"), installation.Pid("server"), installation.Pid("postgres"));
        var log = Path.Combine(installation.Data, "logs", "watcher.log");

        // Where its lock should be is a folder: from now on the gate ends right after each start.
        var place = Path.Combine(installation.Data, "gate", "lock");
        File.Delete(place);
        Directory.CreateDirectory(place);
        await installation.Kill9("gate");
        await Installation.Until(
            () => Task.FromResult(File.ReadAllText(log).Contains("is not started again", StringComparison.Ordinal)), "the gate is given up");
        Directory.Delete(place);

        var said = (await File.ReadAllLinesAsync(log, Stop)).Single(line => line.Contains("is not started again", StringComparison.Ordinal));
        said.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ tally: the gate ended 6 times within 60 s and is not started again: the rest goes on");
        said.ShouldContain("./tally restart gate");
        (installation.Pid("watcher"), installation.Pid("server"), installation.Pid("postgres")).ShouldBe((watcher, server, postgres));
        (await installation.IsReady("TALLY_SERVER_PORT")).ShouldBeTrue();
        (await installation.Tally("up")).Errors.ShouldContain("the gate kept ending and is not running");

        var restarted = await installation.Tally("restart", "gate");

        restarted.ExitCode.ShouldBe(0, restarted.Errors);
        (await installation.IsReady("TALLY_GATE_PORT")).ShouldBeTrue();
        await LogsAreBounded(installation);
    }

    /// <summary>Also that of PostgreSQL, and of a process that goes on writing.</summary>
    private static async Task LogsAreBounded(Installation installation)
    {
        string[] logs = [Path.Combine(installation.Data, "logs", "server.log"), Path.Combine(installation.Data, "pg", "postgres.log")];
        foreach (var log in logs)
        {
            await using var grows = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            grows.SetLength(grows.Length + 21_000_000);
        }

        foreach (var log in logs)
        {
            await Installation.Until(() => Task.FromResult(File.Exists(log + ".1") && new FileInfo(log).Length < 1_000_000), $"{log} is cut");
            new FileInfo(log + ".1").Length.ShouldBeGreaterThan(20_000_000);
        }

        (await installation.Tally("restart", "server")).ExitCode.ShouldBe(0);
        var written = (await File.ReadAllLinesAsync(logs[0], Stop)).Where(line => Line().IsMatch(line)).ToList();
        written.ShouldNotBeEmpty("what comes after the cut stands in the same file");
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARN|ERROR) \d+ [A-Za-z.]+: ")]
    private static partial Regex Line();
}
