using System.Text;
using Tallystick.EndToEnd.Tests.Faults;

namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>Who gets to know which secret, after a whole story with every one of them in use.</summary>
public class SecrecyTests
{
    // The gate's own is the one that it must have.
    private static readonly string[] NotForTheGate =
        ["DATABASE_PASSWORD", "OPERATOR_KEY", "OPERATOR_PASSWORD", "SIMULATED_STRIPE_KEY", "SIMULATED_WEBHOOK_SECRET"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_gate_gets_no_credentials_but_its_own_and_no_log_holds_any()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        installation.Environment["TALLY_OPERATOR_KEY"] = "tsk_left_in_a_shell";
        installation.Environment["TALLY_STRIPE_WEBHOOK_SECRET"] = "whsec_of_the_environment";
        installation.Environment["Tally__Accounts__OperatorPassword"] = "password-of-the-environment";
        await LogEveryStatement(installation);
        using var story = new Story(installation.Place);

        await story.Prepare();
        await story.Run();

        string[] others = [.. NotForTheGate.Select(installation.Secret), "tsk_left_in_a_shell", "whsec_of_the_environment", "password-of-the-environment"];
        var gate = installation.Pid("gate");
        foreach (var file in (string[])["environ", "cmdline"])
        {
            Found(others, await File.ReadAllBytesAsync($"/proc/{gate}/{file}", Stop)).ShouldBeEmpty($"/proc/{gate}/{file}");
        }

        var names = (await File.ReadAllTextAsync($"/proc/{gate}/environ", Stop)).Split('\0').Select(v => v.Split('=')[0]).ToList();
        names.ShouldContain("Tally__Gate__Secret", "or this was not the gate");
        names.Where(n => n.StartsWith("Tally", StringComparison.OrdinalIgnoreCase) && !n.StartsWith("Tally__Gate__", StringComparison.Ordinal)).ShouldBeEmpty();
        await NoneIn([Path.Combine(installation.Data, "gate")], others);

        string[] all = [.. others, installation.Secret("GATE_SECRET"), .. story.Secrets];
        all.Length.ShouldBeGreaterThan(10);
        await NoneIn([Path.Combine(installation.Data, "logs"), Path.Combine(installation.Data, "pg", "postgres.log"), Path.Combine(installation.Data, "pg", "initdb.log")], all);
        // And the log that was searched is the one with everything in it.
        (await File.ReadAllTextAsync(Path.Combine(installation.Data, "pg", "postgres.log"), Stop)).ShouldContain("insert into payments.checkout");
    }

    [Fact]
    public async Task What_is_secret_on_disk_is_closed_to_other_accounts()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);

        foreach (var name in (string[])["secrets", "tallystick.conf", "logs", "run", "server", "gate", "pg/data"])
        {
            var mode = File.GetUnixFileMode(Path.Combine(installation.Data, name));
            (mode & (UnixFileMode)0b111_111).ShouldBe(UnixFileMode.None, name);
        }
    }

    /// <summary>As an operator does who looks for a slow query: nothing may come to light by it.</summary>
    private static async Task LogEveryStatement(Installation installation)
    {
        var first = await installation.Tally("up", "--detach");
        first.ExitCode.ShouldBe(0, first.Errors);
        await installation.Tally("stop");
        await File.AppendAllTextAsync(Path.Combine(installation.Data, "pg", "data", "postgresql.conf"), "\nlog_min_duration_statement = 0\n", Stop);
        var again = await installation.Tally("up", "--detach");
        again.ExitCode.ShouldBe(0, again.Errors);
    }

    private static async Task NoneIn(string[] places, string[] secrets)
    {
        var files = places.SelectMany(p => Directory.Exists(p) ? Directory.GetFiles(p, "*", SearchOption.AllDirectories) : [p]).ToList();
        files.ShouldNotBeEmpty();
        // An empty file may be somebody's lock.
        foreach (var file in files.Where(f => new FileInfo(f).Length > 0))
        {
            Found(secrets, await File.ReadAllBytesAsync(file, Stop)).ShouldBeEmpty(file);
        }
    }

    private static List<string> Found(string[] secrets, byte[] content) =>
        [.. secrets.Where(s => content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(s)) >= 0)];
}
