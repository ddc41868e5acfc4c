using System.Diagnostics;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>The built <c>tally</c> as a process of its own.</summary>
internal static class TallyProgram
{
    public static string Path
    {
        get
        {
            var program = System.IO.Path.Combine(Installation.Repository, "artifacts", "bin", "Tallystick.Cli", "debug", "tally");
            Assert.SkipUnless(File.Exists(program), "the product is not built: ./tally test builds it");
            return program;
        }
    }

    public static Process Start(IReadOnlyDictionary<string, string> environment, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static async Task<Ran> Run(IReadOnlyDictionary<string, string> environment, string program, params IEnumerable<string> arguments)
    {
        using var process = Start(environment, program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Ran(process.ExitCode, await output, await errors);
    }
}
