namespace Tallystick.EndToEnd.Tests.Scripts;

/// <summary>Whoever asks for help gets it, and nothing else happens.</summary>
public class UsageTests
{
    [Theory]
    [InlineData("up")]
    [InlineData("dev")]
    [InlineData("demo")]
    [InlineData("stop")]
    [InlineData("restart")]
    [InlineData("unlock")]
    [InlineData("upgrade-database")]
    [InlineData("reset")]
    [InlineData("doctor")]
    [InlineData("test")]
    [InlineData("bench")]
    [InlineData("fuzz")]
    public async Task Help_is_no_command(string command)
    {
        await using var installation = new Installation();

        var help = await installation.Tally(command, "--help");

        help.ExitCode.ShouldBe(0, help.Errors);
        help.Errors.ShouldBeEmpty();
        help.Output.ShouldStartWith($"usage: ./tally {command}");
        Directory.Exists(installation.Data).ShouldBeFalse();
    }
}
