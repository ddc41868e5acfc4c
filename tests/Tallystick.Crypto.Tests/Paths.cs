namespace Tallystick.Crypto.Tests;

/// <summary>Every suite of this machine as test data, so that each test runs on each path.</summary>
public sealed class Paths : TheoryData<string>
{
    public Paths()
    {
        foreach (var suite in CryptoSuite.All)
        {
            Add(suite.Name);
        }
    }
}
