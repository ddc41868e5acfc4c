using System.Text;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests;

public sealed class ReadmeTests
{
    private const string Begin = "// The lines of the package's readme:";
    private const string End = "// Up to here.";

    [Fact]
    public void The_example_of_the_readme_runs()
    {
        var Console = new StringWriter();
        // The lines of the package's readme:
        using var seed = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb");
        using var key = seed.DeriveKeyPair();
        var payee = AccountId.Parse("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf");

        var payment = new Payment(key.Account, payee, Amount.Of(new Drops(1_000_000))) { Fee = new(12), Sequence = 10, LastLedgerSequence = 1000 };
        Transaction signed = payment.Sign(key);
        Console.WriteLine($"{signed.Hash} {Convert.ToHexString(signed.Blob.Span)}");

        var claim = new ChannelClaim(ChannelId.Of(key.Account, payee, sequence: 1), new Drops(250));
        Console.WriteLine(claim.Verify(key.PublicKey, claim.Sign(key)));
        // Up to here.
        Console.ToString().ShouldStartWith("CC4A17F0ED0E6753A0CCAECCF1ACA8B60FD7968326402AE9F3EE7C68115B84AF 1200");
        Console.ToString().ShouldEndWith($"True{Environment.NewLine}");
    }

    [Fact]
    public void The_readme_shows_exactly_the_lines_that_run()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var shown = readme.Split("```csharp\n")[1].Split("```")[0].TrimEnd();
        var run = new StringBuilder();
        var inside = false;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "ReadmeTests.cs")))
        {
            var text = line.Trim();
            inside = inside ? text != End : text == Begin;
            if (inside && text != Begin)
            {
                run.AppendLine(text);
            }
        }

        run.ToString().TrimEnd().ShouldBe(shown);
    }
}
