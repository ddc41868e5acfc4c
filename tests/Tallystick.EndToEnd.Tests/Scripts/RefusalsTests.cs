using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>What cannot work ends with one clear line that says what to do, and with a code other than zero.</summary>
public class RefusalsTests
{
    [Fact]
    public async Task A_taken_port_is_named_with_the_setting_that_moves_it()
    {
        await using var installation = new Installation();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        installation.Environment["TALLY_GATE_PORT"] = port;

        var line = await Refusal(installation);

        line.ShouldContain($"port {port}, which the gate needs, is taken");
        line.ShouldContain("TALLY_GATE_PORT");
    }

    [Fact]
    public async Task Somebody_who_takes_a_port_meanwhile_and_answers_as_ours_would_is_not_taken_for_ours()
    {
        await using var installation = new Installation();
        using var other = new HttpListener();
        other.Prefixes.Add($"http://127.0.0.1:{installation.Environment["TALLY_SERVER_PORT"]}/");

        var up = installation.Tally("up", "--detach");
        // The ports have been looked at before the database starts, and the server binds its own after it.
        await Installation.Until(() => Task.FromResult(File.Exists(Path.Combine(installation.Data, "pg", "data", "postmaster.pid"))), "the database starts");
        other.Start();
        var answering = Answer(other);
        var ran = await up;
        other.Stop();
        await answering;

        ran.ExitCode.ShouldBe(1);
        ran.Errors.ShouldContain("the server did not start");
        ran.Errors.ShouldContain("address already in use");
        File.Exists(Path.Combine(installation.Data, "pg", "data", "postmaster.pid")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_in_place_of_the_data_folder_is_refused()
    {
        await using var installation = new Installation();
        await File.WriteAllTextAsync(Path.Combine(installation.Folder, "file"), "", TestContext.Current.CancellationToken);

        (await Refusal(installation, "file")).ShouldContain("is a file: set TALLY_HOME to a folder");
    }

    [Fact]
    public async Task A_folder_that_holds_something_else_is_left_alone()
    {
        await using var installation = new Installation();
        var kept = Path.Combine(Directory.CreateDirectory(Path.Combine(installation.Folder, "photos")).FullName, "cat.jpg");
        await File.WriteAllTextAsync(kept, "cat", TestContext.Current.CancellationToken);

        (await Refusal(installation, "photos")).ShouldContain("holds something else");
        (await installation.Tally("reset", "--yes")).ExitCode.ShouldNotBe(0);
        File.Exists(kept).ShouldBeTrue();
    }

    [Fact]
    public async Task A_path_that_no_socket_fits_in_is_refused()
    {
        await using var installation = new Installation();

        (await Refusal(installation, new string('x', 90))).ShouldContain("too long for a socket");
    }

    [Fact]
    public async Task A_name_that_would_need_quoting_is_refused()
    {
        await using var installation = new Installation();

        (await Refusal(installation, "my data")).ShouldContain("a blank or a special character");
    }

    [Fact]
    public async Task A_folder_of_somebody_else_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a folder away");
        await using var installation = new Installation();
        var folder = Directory.CreateDirectory(Path.Combine(installation.Folder, "theirs")).FullName;
        await installation.Run("/bin/chown", "nobody", folder);

        (await Refusal(installation, "theirs")).ShouldContain("belongs to nobody");
    }

    [Fact]
    public async Task A_folder_that_postgres_cannot_reach_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root's PostgreSQL runs under another account");
        await using var installation = new Installation();
        var closed = Directory.CreateDirectory(Path.Combine(installation.Folder, "closed"), (UnixFileMode)0b111_000_000);

        (await Refusal(installation, Path.Combine(closed.FullName, "data"))).ShouldContain("cannot enter");
    }

    [Fact]
    public async Task A_database_that_another_version_of_postgres_made_is_left_to_that_version()
    {
        await using var installation = new Installation();
        (await installation.Tally("doctor")).ExitCode.ShouldBe(0);
        var cluster = Directory.CreateDirectory(Path.Combine(installation.Data, "pg", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "12\n", TestContext.Current.CancellationToken);

        var line = await Refusal(installation);

        line.ShouldContain("made by PostgreSQL 12, which is not on this machine: install it (sudo apt-get install postgresql-12)");
        line.ShouldContain("./tally upgrade-database");
        Directory.GetFiles(cluster).ShouldBe([Path.Combine(cluster, "PG_VERSION")]);
    }

    [Fact]
    public async Task A_full_disk_is_said_with_what_is_needed()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a small disk");
        await using var installation = new Installation();
        Directory.CreateDirectory(installation.Data);
        var script = $"mount -t tmpfs -o size=20m small '{installation.Data}' || exit 99; " +
            $"exec '{Path.Combine(Installation.Repository, "tally")}' up --detach";

        var ran = await installation.Run("/usr/bin/unshare", "-m", "/bin/bash", "-c", script);

        Assert.SkipWhen(ran.ExitCode is 99 || ran.Errors.StartsWith("unshare:", StringComparison.Ordinal), "mounting is not allowed here");
        ran.ExitCode.ShouldBe(1);
        ran.ErrorLines[^1].ShouldContain("MB are free on the disk of");
    }

    [Fact]
    public async Task All_mistakes_in_the_settings_are_said_at_once()
    {
        await using var installation = new Installation();
        (await installation.Tally("doctor")).ExitCode.ShouldBe(0);
        installation.Environment.Remove("TALLY_GATE_PORT");
        await File.AppendAllTextAsync(
            Path.Combine(installation.Data, "tallystick.conf"),
            "TALLY_GATE_PORT=99999\nwhat is this\n", TestContext.Current.CancellationToken);

        var ran = await installation.Tally("up", "--detach");

        ran.ExitCode.ShouldBe(78);
        ran.ErrorLines.Length.ShouldBe(2);
        ran.Errors.ShouldContain("'what is this' is not NAME=value");
        ran.Errors.ShouldContain("TALLY_GATE_PORT is '99999'");
    }

    [Fact]
    public async Task Secrets_are_read_as_people_leave_them_and_what_is_none_is_named_by_its_line()
    {
        await using var installation = new Installation();
        (await installation.Tally("doctor")).ExitCode.ShouldBe(0);
        var secrets = Path.Combine(installation.Data, "secrets");
        var lines = (await File.ReadAllLinesAsync(secrets, TestContext.Current.CancellationToken))
            .Where(l => !l.StartsWith("OPERATOR_KEY", StringComparison.Ordinal)).ToList();

        // A blank line, a remark, one name less, and no newline at the end.
        await File.WriteAllTextAsync(secrets, $"\n# kept in the safe\n{string.Join('\n', lines)}", TestContext.Current.CancellationToken);
        (await installation.Tally("doctor")).ExitCode.ShouldBe(0);
        lines.ShouldAllBe(l => installation.Secret(l.Split('=', 2)[0]) == l.Split('=', 2)[1]);
        installation.Secret("OPERATOR_KEY").ShouldMatch("^tsk_[0-9a-f]{64}$");
        File.Exists(secrets + ".new").ShouldBeFalse();

        await File.AppendAllTextAsync(secrets, "tgk_pasted-alone\nGATE_SECRET=tgk_again\n", TestContext.Current.CancellationToken);
        var refused = await installation.Tally("up", "--detach");
        refused.ExitCode.ShouldBe(78);
        refused.ErrorLines.Length.ShouldBe(2);
        refused.Errors.ShouldContain($"{secrets}:7: the line is not NAME=value");
        refused.Errors.ShouldContain($"{secrets}:8: GATE_SECRET stands here twice");
        refused.Errors.ShouldNotContain("pasted-alone");
        (await installation.Tally("stop")).ExitCode.ShouldBe(0, "what runs can be stopped whatever is wrong with the secrets");
    }

    [Fact]
    public async Task The_servers_own_mistakes_are_shown_where_it_was_started()
    {
        await using var installation = new Installation();
        installation.Environment["Tally__Server__PublicUrl"] = "nonsense";
        installation.Environment["Tally__Server__DatabaseConnectionsMost"] = "1";

        var ran = await installation.Tally("up", "--detach");

        ran.ExitCode.ShouldBe(1);
        ran.Errors.ShouldContain("Tally:Server:PublicUrl");
        ran.Errors.ShouldContain("Tally:Server:DatabaseConnectionsMost");
        File.Exists(Path.Combine(installation.Data, "pg", "data", "postmaster.pid")).ShouldBeFalse();
    }

    [Fact]
    public async Task Reset_asks_first_and_deletes_what_is_ours()
    {
        await using var installation = new Installation();
        (await installation.Tally("doctor")).ExitCode.ShouldBe(0);

        (await installation.Tally("reset")).Errors.ShouldContain("confirm with ./tally reset --yes");
        Directory.Exists(Path.Combine(installation.Data, "logs")).ShouldBeTrue();

        (await installation.Tally("reset", "--yes")).ExitCode.ShouldBe(0);
        Directory.EnumerateFileSystemEntries(installation.Data).ShouldBeEmpty();
    }

    // 200 to whatever is asked, until it is stopped.
    private static async Task Answer(HttpListener listener)
    {
        try
        {
            while (true)
            {
                (await listener.GetContextAsync()).Response.Close();
            }
        }
        catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    private static async Task<string> Refusal(Installation installation, string? folder = null)
    {
        if (folder is not null)
        {
            installation.Environment["TALLY_HOME"] = Path.Combine(installation.Folder, folder);
        }

        var ran = await installation.Tally("up");
        ran.ExitCode.ShouldBe(1);
        return ran.ErrorLines.Where(line => !line.StartsWith('›')).ShouldHaveSingleItem();
    }
}
