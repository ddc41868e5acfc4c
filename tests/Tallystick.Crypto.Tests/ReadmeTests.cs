using System.Security.Cryptography;

namespace Tallystick.Crypto.Tests;

public sealed class ReadmeTests
{
    private const string Begin = "// The lines of the package's readme:";
    private const string End = "// Up to here.";

    [Fact]
    public void The_example_of_the_readme_runs()
    {
        var Console = new StringWriter();
        // The lines of the package's readme:
        using var key = Ed25519Key.FromSeed(RandomNumberGenerator.GetBytes(Ed25519.SeedBytes));
        var signature = new byte[Ed25519.SignatureBytes];
        key.Sign("hello"u8, signature);
        Console.WriteLine(Ed25519.Verify(key.PublicKey, "hello"u8, signature));
        // Up to here.
        Console.ToString().Trim().ShouldBe("True");
    }

    [Fact]
    public void The_readme_shows_exactly_the_lines_that_run()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var source = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "ReadmeTests.cs")).Select(line => line.Trim()).ToList();
        var run = source[(source.IndexOf(Begin) + 1)..source.IndexOf(End)];
        readme.Split("```csharp\n")[1].Split("```")[0].TrimEnd().ShouldBe(string.Join('\n', run));
    }
}
