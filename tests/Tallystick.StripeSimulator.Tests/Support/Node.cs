using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using Tallystick.StripeSimulator.Tests.Support;

[assembly: AssemblyFixture(typeof(Node))]

namespace Tallystick.StripeSimulator.Tests.Support;

/// <summary>Node with the packages of <c>tests/npm</c>, laid once; without Node the tests are skipped and say so.</summary>
public sealed class Node : IAsyncLifetime
{
    static readonly string Folder = Path.GetFullPath(typeof(Node).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == "NpmFolder").Value!);

    const int MajorLeast = 20;

    string? missing;

    public async ValueTask InitializeAsync()
    {
        var version = await Run("node", ["--version"]);
        if (version is null)
        {
            missing = $"Node is not installed ({MajorLeast} or newer is needed).";
            return;
        }

        if (!Version.TryParse(version.Output.Trim().TrimStart('v'), out var found) || found.Major < MajorLeast)
        {
            missing = $"Node {version.Output.Trim()} is too old ({MajorLeast} or newer is needed).";
            return;
        }

        // Suites run side by side: one of them lays the packages, the others wait for it.
        await using var turn = await Turn();
        var stamp = Path.Combine(Folder, "node_modules", ".tallystick");
        if (File.GetLastWriteTimeUtc(stamp) > File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            return;
        var laid = await Run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        if (laid is not { ExitCode: 0 })
            missing = $"npm ci failed in tests/npm: {laid?.Output ?? "npm is not installed"}";
        else
            await File.WriteAllTextAsync(stamp, "");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs a script of <c>tests/npm</c>; skips the test when Node is missing, fails it when the script fails.</summary>
    public async Task Script(string[] arguments, string input = "")
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        var ended = await Run("node", arguments, input);
        ended!.ExitCode.ShouldBe(0, ended.Output);
    }

    sealed record Ended(int ExitCode, string Output);

    static async Task<FileStream> Turn()
    {
        while (true)
        {
            try
            {
                return new FileStream(
                    Path.Combine(Path.GetTempPath(), "tallystick-npm.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(200);
            }
        }
    }

    static async Task<Ended?> Run(string program, string[] arguments, string input = "")
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Ended(process.ExitCode, await output + await errors);
    }
}
