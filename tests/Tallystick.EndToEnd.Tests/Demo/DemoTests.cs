using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Demo;

/// <summary>The story of the demo, as a test: every one of its checks must hold.</summary>
public class DemoTests
{
    [Theory]
    [InlineData(true, "scikit-learn, over plain HTTP")]
    [InlineData(false, "nearest mean image")]
    public async Task Every_check_of_the_demo_holds(bool withPython, string learner)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        var python = Environment.GetEnvironmentVariable("TALLY_PYTHON");
        Assert.SkipWhen(withPython && string.IsNullOrEmpty(python), "Python with scikit-learn is not on this machine");
        await using var installation = new Installation();
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);

        var own = installation.Environment;
        own["TALLY_SERVER_URL"] = $"http://127.0.0.1:{own["TALLY_SERVER_PORT"]}";
        own["TALLY_GATE_URL"] = $"http://127.0.0.1:{own["TALLY_GATE_PORT"]}";
        own["TALLY_STRIPE_URL"] = $"http://127.0.0.1:{own["TALLY_STRIPE_PORT"]}";
        own["TALLY_COMMAND"] = Path.Combine(Installation.Repository, "tally");
        own["TALLY_OPERATOR_KEY"] = installation.Secret("OPERATOR_KEY");
        own["TALLY_PYTHON"] = withPython ? python! : "";
        var demo = await installation.Run(
            Path.Combine(Installation.Repository, "artifacts", "bin", "Tallystick.Demo", "debug", "Tallystick.Demo"), "--exit");

        demo.ExitCode.ShouldBe(0, demo.Output + demo.Errors);
        demo.Output.ShouldContain(learner);
        demo.Output.ShouldNotContain("WRONG", Case.Sensitive);
        demo.Output.ShouldContain("checks hold");
    }
}
