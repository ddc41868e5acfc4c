namespace Tallystick.Crypto;

/// <summary>What <c>tally doctor</c> shows: which library computes what on this machine, and why.</summary>
public static class CryptoPaths
{
    /// <summary>One line per algorithm, and one with what to install where the slower path is in use.</summary>
    /// <exception cref="CryptoPathException">The environment asks for a path that this machine lacks.</exception>
    public static IReadOnlyList<string> Report()
    {
        var active = CryptoSuite.Active;
        var setting = Environment.GetEnvironmentVariable(CryptoSuite.Variable);
        var lines = new List<string>
        {
            $"ed25519     {active.Ed25519.Name} (here: {Names(suite => suite.Ed25519.Name)})",
            $"secp256k1   {active.Secp256k1.Name} (here: {Names(suite => suite.Secp256k1.Name)})",
            $"chosen by   {(string.IsNullOrEmpty(setting) ? "what is installed" : $"{CryptoSuite.Variable}={setting}")}",
        };

        var missing = new List<string>();
        if (CryptoSuite.All.All(suite => suite.Ed25519.Name != "libsodium"))
        {
            missing.Add("libsodium23");
        }

        if (CryptoSuite.All.All(suite => suite.Secp256k1.Name != "libsecp256k1"))
        {
            missing.Add("libsecp256k1-1");
        }

        if (missing.Count > 0)
        {
            lines.Add($"faster      apt-get install {string.Join(' ', missing)}");
        }

        return lines;
    }

    private static string Names(Func<CryptoSuite, string> name) =>
        string.Join(", ", CryptoSuite.All.Select(name).Distinct());
}
