namespace Tallystick.Demo;

/// <summary>Where everything is, as <c>./tally demo</c> says by environment.</summary>
/// <param name="Python">A Python with scikit-learn; null when this machine has none.</param>
/// <param name="Command">The script, to restart the server with; null when it is not known.</param>
internal sealed record Settings(
    Uri Server, Uri Gate, Uri Stripe, string OperatorKey, string? Command, string? Python, string Repository, string Work)
{
    public static Settings Read()
    {
        var home = Need("TALLY_HOME");
        return new Settings(
            Address("TALLY_SERVER_URL"), Address("TALLY_GATE_URL"), Address("TALLY_STRIPE_URL"), Need("TALLY_OPERATOR_KEY"),
            Optional("TALLY_COMMAND"), Optional("TALLY_PYTHON"), FindRepository(), Path.Combine(home, "demo-files"));
    }

    private static string? Optional(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? set : null;

    private static string Need(string name) =>
        Optional(name) ?? throw new DemoException($"{name} is not set: run the demo with './tally demo'.");

    private static Uri Address(string name) => new(Need(name).TrimEnd('/') + "/");

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "demo", "train.py")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new DemoException("The folder 'demo' was not found.");
        }

        return folder;
    }
}

/// <summary>The demo cannot go on; the message is for the person who watches it.</summary>
internal sealed class DemoException(string message) : Exception(message);
