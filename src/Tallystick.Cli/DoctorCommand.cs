using System.CommandLine;
using Tallystick.Crypto;

namespace Tallystick.Cli;

/// <summary><c>tally doctor</c>: what this process found on the machine; the shell's part is in <c>./tally doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Show which cryptographic libraries are used, and why");
        command.SetAction(parsed => Run(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(TextWriter output, TextWriter error)
    {
        try
        {
            foreach (var line in CryptoPaths.Report())
            {
                output.WriteLine(line);
            }

            return 0;
        }
        catch (CryptoPathException problem)
        {
            error.WriteLine($"tally doctor: {problem.Message}");
            return 1;
        }
    }
}
