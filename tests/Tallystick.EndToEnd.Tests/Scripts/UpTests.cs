namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary><c>./tally up</c> with real processes on a real PostgreSQL.</summary>
public class UpTests
{
    [Fact]
    public async Task Up_twice_is_up_once_and_stop_leaves_nothing_behind()
    {
        await using var installation = new Installation();

        var first = await installation.Tally("up", "--detach");
        first.ExitCode.ShouldBe(0, first.Errors);
        first.Output.ShouldContain($"http://127.0.0.1:{installation.Environment["TALLY_SERVER_PORT"]}");
        first.Output.ShouldContain("payments are simulated");
        first.Output.ShouldContain("operator@tallystick.example, password: OPERATOR_PASSWORD in");
        var server = installation.Pid("server");
        var postgres = installation.Pid("postgres");

        var second = await installation.Tally("up");
        second.ExitCode.ShouldBe(0, second.Errors);
        second.Output.ShouldContain("running already");
        installation.Pid("server").ShouldBe(server);

        // What was refused in one sentence has no second one from the script.
        var nobody = await installation.Tally("unlock", "nobody@example.org");
        nobody.ExitCode.ShouldNotBe(0);
        nobody.ErrorLines.Where(line => !line.StartsWith('›')).ShouldHaveSingleItem().ShouldContain("Nobody signs in");

        (await installation.Tally("stop")).ExitCode.ShouldBe(0);
        Installation.Lives(server).ShouldBeFalse();
        Installation.Lives(postgres).ShouldBeFalse();
        (await installation.Tally("stop")).ExitCode.ShouldBe(0);
        var upgrade = await installation.Tally("upgrade-database");
        upgrade.Output.ShouldContain("the newest on this machine: there is nothing to do", customMessage: upgrade.Errors);
    }

    [Fact]
    public async Task Whatever_dies_is_started_again_by_the_watcher()
    {
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);

        foreach (var name in (string[])["gate", "server", "postgres"])
        {
            var before = installation.Pid(name);
            await installation.Kill9(name);
            await Installation.Until(
                async () => Replaced(installation, name, before) && await BothReady(installation),
                $"the {name} came back");
        }
    }

    [Fact]
    public async Task After_kill_9_of_everything_the_next_up_recovers()
    {
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);

        await installation.Kill9("watcher", "server", "gate", "postgres");
        var again = await installation.Tally("up", "--detach");

        again.ExitCode.ShouldBe(0, again.Errors);
        (await BothReady(installation)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_killed_watcher_left_behind_is_taken_over()
    {
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        var orphan = installation.Pid("server");

        await installation.Kill9("watcher");
        var again = await installation.Tally("up", "--detach");

        again.ExitCode.ShouldBe(0, again.Errors);
        Installation.Lives(orphan).ShouldBeFalse();
        (await BothReady(installation)).ShouldBeTrue();
    }

    [Fact]
    public async Task Ctrl_C_stops_everything_and_is_a_success()
    {
        await using var installation = new Installation();
        using var up = installation.Start(Path.Combine(Installation.Repository, "tally"), "up");
        var errors = up.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var line = "";
        while (line?.Contains("Ctrl-C stops it", StringComparison.Ordinal) == false)
        {
            line = await up.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        line.ShouldNotBeNull(up.HasExited ? await errors : "");
        var (server, postgres) = (installation.Pid("server"), installation.Pid("postgres"));

        await installation.Run("/bin/kill", "-INT", $"{up.Id}");
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);

        up.ExitCode.ShouldBe(0);
        Installation.Lives(server).ShouldBeFalse();
        Installation.Lives(postgres).ShouldBeFalse();
    }

    [Fact]
    public async Task The_books_survive_a_restart_and_only_the_password_opens_them()
    {
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        await installation.Tally("stop");
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);

        var socket = Path.Combine(installation.Data, "pg");
        (File.GetUnixFileMode(socket) & (UnixFileMode)0b111_111).ShouldBe(UnixFileMode.None);
        (File.GetUnixFileMode(Path.Combine(installation.Data, "secrets")) & (UnixFileMode)0b111_111)
            .ShouldBe(UnixFileMode.None);
        var port = (await File.ReadAllTextAsync(Path.Combine(socket, "data", "port.conf"), TestContext.Current.CancellationToken))
            .Split('=')[1].Trim();
        const string query = "select count(*) > 0 from foundation.migration";
        string[] psql = ["psql", "-X", "-t", "-w", "-h", socket, "-p", port, "-U", "tally", "-d", "tallystick", "-c", query];

        var stranger = await installation.Run("/usr/bin/env", ["-u", "PGPASSWORD", .. psql]);
        var owner = await installation.Run("/usr/bin/env", [$"PGPASSWORD={installation.Secret("DATABASE_PASSWORD")}", .. psql]);

        stranger.ExitCode.ShouldNotBe(0);
        owner.Output.Trim().ShouldBe("t", owner.Errors);
    }

    private static async Task<bool> BothReady(Installation installation) =>
        await installation.IsReady("TALLY_SERVER_PORT") && await installation.IsReady("TALLY_GATE_PORT");

    private static bool Replaced(Installation installation, string name, int before)
    {
        try
        {
            return installation.Pid(name) != before;
        }
        catch (Exception absent) when (absent is IOException or FormatException)
        {
            // Between the end of the one and the start of the other there is no file.
            return false;
        }
    }
}
