namespace Tallystick.Crypto;

/// <summary>
/// One path for each algorithm. <see cref="Active"/> is chosen once, at first use: the native library where it is
/// installed, otherwise OpenSSL's libcrypto, which .NET cannot run without.
/// </summary>
/// <remarks>
/// The environment variable <c>TALLY_CRYPTO</c> forces the choice: <c>native</c> (libsodium and libsecp256k1, an error
/// when one is missing), <c>portable</c> (libcrypto for both), or one by one, as in
/// <c>ed25519=libcrypto,secp256k1=libsecp256k1</c>.
/// </remarks>
public sealed class CryptoSuite
{
    /// <summary>The environment variable that forces the paths.</summary>
    public const string Variable = "TALLY_CRYPTO";

    private static readonly Lazy<CryptoSuite> Chosen =
        new(static () => Choose(Environment.GetEnvironmentVariable(Variable)));

    private static readonly Lazy<Ed25519Path[]> Ed25519Paths = new(static () => Present<Ed25519Path>(
        Ed25519Sodium.TryCreate(), new Ed25519OpenSsl()));

    private static readonly Lazy<Secp256k1Path[]> Secp256k1Paths = new(static () => Present<Secp256k1Path>(
        Secp256k1Native.TryCreate(), Secp256k1OpenSsl.TryCreate()));

    private CryptoSuite(Ed25519Path ed25519, Secp256k1Path secp256k1) =>
        (Ed25519, Secp256k1) = (ed25519, secp256k1);

    /// <summary>The suite that the static entry points use.</summary>
    /// <exception cref="CryptoPathException">The environment asks for a path that this machine lacks.</exception>
    public static CryptoSuite Active => Chosen.Value;

    /// <summary>Every path of each algorithm that runs here, the preferred first, paired into suites.</summary>
    public static IReadOnlyList<CryptoSuite> All { get; } = PairAll();

    /// <summary>Ed25519 in this suite.</summary>
    public Ed25519Path Ed25519 { get; }

    /// <summary>ECDSA over secp256k1 in this suite.</summary>
    public Secp256k1Path Secp256k1 { get; }

    /// <summary>The two names, as the environment variable takes them.</summary>
    public string Name => $"ed25519={Ed25519.Name},secp256k1={Secp256k1.Name}";

    /// <summary>Picks paths by a text in the form of <c>TALLY_CRYPTO</c>; null or empty picks the preferred ones.</summary>
    /// <exception cref="CryptoPathException">The text is not understood, or asks for a path that is not here.</exception>
    public static CryptoSuite Choose(string? setting)
    {
        var (ed25519, secp256k1) = (Ed25519Paths.Value[0], Secp256k1Paths.Value[0]);
        foreach (var part in (setting ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (part.Split('=', 2))
            {
                case ["native"]:
                    (ed25519, secp256k1) = (Ed25519Named("libsodium"), Secp256k1Named("libsecp256k1"));
                    break;
                case ["portable"]:
                    (ed25519, secp256k1) = (Ed25519Named("libcrypto"), Secp256k1Named("libcrypto"));
                    break;
                case ["ed25519", var name]:
                    ed25519 = Ed25519Named(name);
                    break;
                case ["secp256k1", var name]:
                    secp256k1 = Secp256k1Named(name);
                    break;
                default:
                    throw new CryptoPathException(
                        $"{Variable}: '{part}' is none of native, portable, ed25519=NAME, secp256k1=NAME");
            }
        }

        return new CryptoSuite(ed25519, secp256k1);
    }

    private static Ed25519Path Ed25519Named(string name) =>
        Array.Find(Ed25519Paths.Value, path => path.Name == name)
        ?? throw Missing("ed25519", name, Ed25519Paths.Value.Select(path => path.Name));

    private static Secp256k1Path Secp256k1Named(string name) =>
        Array.Find(Secp256k1Paths.Value, path => path.Name == name)
        ?? throw Missing("secp256k1", name, Secp256k1Paths.Value.Select(path => path.Name));

    private static CryptoPathException Missing(string algorithm, string name, IEnumerable<string> present) =>
        new($"{Variable}: no path '{name}' for {algorithm} on this machine; there are: {string.Join(", ", present)}");

    private static TPath[] Present<TPath>(params TPath?[] paths)
        where TPath : class =>
        paths.OfType<TPath>().ToArray() is { Length: > 0 } present
            ? present
            : throw new CryptoPathException(
                "no library for secp256k1: this OpenSSL lacks the curve; install libsecp256k1-1");

    private static CryptoSuite[] PairAll()
    {
        var (ed25519, secp256k1) = (Ed25519Paths.Value, Secp256k1Paths.Value);
        return
        [
            .. Enumerable.Range(0, Math.Max(ed25519.Length, secp256k1.Length)).Select(i =>
                new CryptoSuite(ed25519[Math.Min(i, ed25519.Length - 1)], secp256k1[Math.Min(i, secp256k1.Length - 1)])),
        ];
    }
}
