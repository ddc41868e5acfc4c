using System.CommandLine;
using Tallystick.Crypto;
using Tallystick.Xrpl;
using Tallystick.Xrpl.Vectors;

namespace Tallystick.Cli;

/// <summary><c>tally xrpl …</c>: what a person may want to know about the XRP Ledger library itself.</summary>
internal static class XrplCommands
{
    private const int DifferencesShownMax = 50;
    private const int NotAllAgree = 1;

    public static Command Create() => new("xrpl", "The XRP Ledger library by itself") { Vectors() };

    private static Command Vectors()
    {
        var path = new Argument<string>("FILE") { Description = "A file in the format of tests/vectors/xrpl/vectors.json" };
        var command = new Command(
            "vectors",
            "Run published vectors on every cryptographic library of this machine. "
            + "Exit code 0: all agree; 1: some do not, or the file cannot be read.")
        {
            path,
        };
        command.SetAction(parsed => RunVectors(
            parsed.GetRequiredValue(path), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }

    private static int RunVectors(string path, TextWriter output, TextWriter error)
    {
        VectorFile file;
        try
        {
            file = VectorFile.Load(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or XrplFormatException)
        {
            error.WriteLine($"tally xrpl vectors: cannot read {path}: {problem.Message}");
            return NotAllAgree;
        }

        var agree = true;
        foreach (var suite in CryptoSuite.All)
        {
            output.WriteLine(suite.Name);
            foreach (var group in file.Run(suite))
            {
                agree &= group.Differences.Count == 0;
                output.WriteLine($"  {group.Name,-24} {group.Agreed,5} agree {group.Differing,5} differ");
                foreach (var difference in group.Differences.Take(DifferencesShownMax))
                {
                    output.WriteLine($"    {difference}");
                }

                if (group.Differences.Count > DifferencesShownMax)
                {
                    output.WriteLine($"    … and {group.Differences.Count - DifferencesShownMax} more");
                }
            }
        }

        output.WriteLine(agree ? "All vectors agree on every path." : "Some vectors do not agree.");
        return agree ? 0 : NotAllAgree;
    }
}
