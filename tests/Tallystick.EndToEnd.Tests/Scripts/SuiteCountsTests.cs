namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>The test runner adds up what suites print; what does not look like success is a failure.</summary>
public class SuiteCountsTests
{
    private const string Summary =
        """
        Test run summary: Passed! - /x/Suite.dll (net10.0|x64)
          total: 7
          failed: 0
          succeeded: 5
          skipped: 2
          duration: 296ms
        """;

    [Theory]
    [InlineData(Summary, 0, "5 0 2")]
    [InlineData("", 0, "0 1 0")]
    [InlineData("Process terminated.\n   at System.Environment.FailFast", 134, "0 1 0")]
    [InlineData("Test run summary: Passed! - cut off\n  total: 7\n  failed: 0\n", 0, "0 1 0")]
    public async Task A_suite_is_counted_by_its_own_last_word(string printed, int exitCode, string expected) =>
        (await Count(printed, exitCode)).ShouldBe(expected);

    [Fact]
    public async Task A_suite_that_says_all_is_well_but_ends_badly_has_failed() =>
        (await Count(Summary, 1)).ShouldBe("5 1 2");

    [Fact]
    public async Task A_test_that_prints_a_summary_of_its_own_does_not_count() =>
        (await Count(Summary.Replace("5", "999", StringComparison.Ordinal) + "\n" + Summary, 0)).ShouldBe("5 0 2");

    [Fact]
    public async Task A_filter_that_no_test_name_contains_is_a_failure_with_a_last_line()
    {
        await using var installation = new Installation();

        var ran = await installation.Tally("test", "qqq" + "_nothing_has_this_name");

        ran.ExitCode.ShouldBe(1);
        ran.Output.Trim().ShouldBe("0 passed, 0 failed, 0 skipped");
    }

    [Fact]
    public async Task What_failed_is_told_at_the_end_without_the_lines_of_its_neighbours()
    {
        const string Printed =
            """
            info: a server
                  that talks
            failed A.B.It_holds(x: 1) (2s 010ms)
              Shouldly.ShouldAssertException : was 3
                at A.B.It_holds()
            info: a server
                  that still talks
            passed A.B.Another (1ms)
            """;
        await using var installation = new Installation();
        await File.WriteAllTextAsync(
            Path.Combine(installation.Folder, "Suite.log"), Printed, TestContext.Current.CancellationToken);

        var told = await Source(installation, $"failed=1 TEST_FOLDER='{installation.Folder}'; print_failed");

        told.Split('\n', StringSplitOptions.TrimEntries)[^3..].ShouldBe(
            ["failed A.B.It_holds(x: 1) (2s 010ms)", "Shouldly.ShouldAssertException : was 3", "at A.B.It_holds()"]);
        told.ShouldNotContain("talks");
    }

    private static async Task<string> Count(string printed, int exitCode)
    {
        await using var installation = new Installation();
        var log = Path.Combine(installation.Folder, "log");
        await File.WriteAllTextAsync(log, printed, TestContext.Current.CancellationToken);
        return await Source(
            installation, $"count_suite Suite '{log}' {exitCode} 1 >/dev/null; echo \"$passed $failed $skipped\"");
    }

    private static async Task<string> Source(Installation installation, string commands)
    {
        var ran = await installation.Run(
            "/bin/bash",
            "-c",
            $"set -euo pipefail; TALLY_REPO='{Installation.Repository}'; cd \"$TALLY_REPO/scripts\"; " +
            $". ./common.sh; . ./suites.sh; {commands}");
        ran.ExitCode.ShouldBe(0, ran.Errors);
        return ran.Output.Trim();
    }
}
