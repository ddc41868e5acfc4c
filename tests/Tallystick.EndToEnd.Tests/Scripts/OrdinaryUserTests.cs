namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>Somebody without any rights on the machine, somewhere else, with a clone in a folder whose name has blanks.</summary>
public class OrdinaryUserTests
{
    private const string Account = "nobody";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ordinary_user_runs_everything_from_a_folder_with_blanks_in_its_name()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can become another user");
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        var (clone, home) = (Made(installation, "a clone with blanks"), Made(installation, "home"));
        var elsewhere = Made(installation, "some where else");
        await installation.Run("/bin/chown", Account, home);
        var possible = await As(installation, clone, elsewhere, home, "test -r scripts/common.sh && test -x . && test ! -w scripts", inClone: true);
        Assert.SkipWhen(possible.Errors.StartsWith("unshare:", StringComparison.Ordinal) || possible.ExitCode == 99, "mounting is not allowed here");
        Assert.SkipWhen(possible.ExitCode != 0, $"'{Account}' cannot read this repository");

        var data = Path.Combine(home, ".local", "state", "tallystick");
        try
        {
            var up = await As(installation, clone, elsewhere, home, $"'{clone}/tally' up --detach");
            up.ExitCode.ShouldBe(0, up.Errors);
            up.Output.ShouldContain(data);
            (await installation.IsReady("TALLY_SERVER_PORT") && await installation.IsReady("TALLY_GATE_PORT")).ShouldBeTrue();
            int[] pids = [FirstNumber(data, "run/server.pid"), FirstNumber(data, "pg/data/postmaster.pid")];
            foreach (var pid in pids)
            {
                (await File.ReadAllTextAsync($"/proc/{pid}/status", Stop)).ShouldContain($"Uid:\t{await Number(installation)}\t");
            }

            var stop = await As(installation, clone, elsewhere, home, $"'{clone}/tally' stop");
            stop.ExitCode.ShouldBe(0, stop.Errors);
            pids.ShouldAllBe(pid => !Installation.Lives(pid));
        }
        finally
        {
            await As(installation, clone, elsewhere, home, $"'{clone}/tally' stop");
        }
    }

    private static string Made(Installation installation, string name) =>
        Directory.CreateDirectory(Path.Combine(installation.Folder, name)).FullName;

    private static int FirstNumber(string data, string file) =>
        int.Parse(File.ReadAllText(Path.Combine(data, file)).Split(' ', '\n')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> Number(Installation installation) => (await installation.Run("/usr/bin/id", "-u", Account)).Output.Trim();

    /// <summary>Runs a command as the account. The clone is this repository, seen under another name by this command only.</summary>
    private static Task<Ran> As(Installation installation, string clone, string elsewhere, string home, string command, bool inClone = false) =>
        installation.Run(
            "/usr/bin/unshare", "-m", "/bin/bash", "-c",
            """
            mount --bind "$0" "$1" || exit 99
            cd "$2" && exec setpriv --reuid="$4" --regid="$(id -gn "$4")" --clear-groups \
              env -u TALLY_HOME -u XDG_STATE_HOME HOME="$3" bash -c "$5"
            """,
            Installation.Repository, clone, inClone ? clone : elsewhere, home, Account, command);
}
