using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>
/// The 16 secret bytes that keys are derived from. Its text says the algorithm only when it starts with <c>sEd</c>:
/// an <c>s…</c> seed forced to Ed25519 gives another account, so the algorithm is stored with it, never guessed.
/// </summary>
/// <remarks>https://xrpl.org/docs/concepts/accounts/cryptographic-keys#key-derivation</remarks>
public sealed class Seed : IDisposable
{
    /// <summary>Length of the entropy.</summary>
    public const int Bytes = 16;

    // Pinned, so that the collector leaves no second copy behind.
    private readonly byte[] _entropy = GC.AllocateArray<byte>(Bytes, pinned: true);
    private bool _disposed;

    private Seed(SignatureAlgorithm algorithm, ReadOnlySpan<byte> entropy)
    {
        Algorithm = algorithm;
        entropy.CopyTo(_entropy);
    }

    /// <summary>The algorithm that the text names, or that was given.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>The 16 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The seed was disposed.</exception>
    public ReadOnlySpan<byte> Entropy
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _entropy;
        }
    }

    private static ReadOnlySpan<byte> FamilyVersion => [0x21];

    private static ReadOnlySpan<byte> Ed25519Version => [0x01, 0xe1, 0x4b];

    /// <summary>Takes 16 secret bytes.</summary>
    /// <exception cref="XrplFormatException">Another length.</exception>
    public static Seed FromEntropy(ReadOnlySpan<byte> entropy, SignatureAlgorithm algorithm) =>
        entropy.Length == Bytes
            ? new Seed(algorithm, entropy)
            : throw new XrplFormatException($"{entropy.Length} bytes where {Bytes} are needed", "entropy");

    /// <summary>A fresh seed from the system's random numbers.</summary>
    public static Seed Generate(SignatureAlgorithm algorithm)
    {
        var seed = new Seed(algorithm, []);
        RandomNumberGenerator.Fill(seed._entropy);
        return seed;
    }

    /// <summary>
    /// The first half of SHA-512Half of the UTF-8 bytes, as rippled's <c>wallet_propose</c> does. For test networks:
    /// a passphrase that a person can remember can be found.
    /// </summary>
    public static Seed FromPassphrase(string passphrase, SignatureAlgorithm algorithm)
    {
        var text = Encoding.UTF8.GetBytes(passphrase);
        Span<byte> hash = stackalloc byte[Sha512Half.Bytes];
        Sha512Half.Hash(text, hash);
        var seed = new Seed(algorithm, hash[..Bytes]);
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(text);
        return seed;
    }

    /// <summary>Reads <c>s…</c> (secp256k1) or <c>sEd…</c> (Ed25519).</summary>
    /// <exception cref="XrplFormatException">Says what is wrong; never repeats the secret.</exception>
    public static Seed Parse(string text) =>
        TryParse(text, out var seed, out var problem) ? seed! : throw new XrplFormatException(problem, "seed");

    /// <summary>Reads <c>s…</c> or <c>sEd…</c>; <paramref name="problem"/> says why not.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Seed? seed, out string problem)
    {
        Span<byte> entropy = stackalloc byte[Bytes];
        var algorithm = text.StartsWith("sEd") ? SignatureAlgorithm.Ed25519 : SignatureAlgorithm.Secp256k1;
        problem = Base58.TryDecode(text, Version(algorithm), entropy) ?? "";
        seed = problem.Length == 0 ? new Seed(algorithm, entropy) : null;
        CryptographicOperations.ZeroMemory(entropy);
        return seed is not null;
    }

    /// <summary>The key pair of the seed's own algorithm.</summary>
    public KeyPair DeriveKeyPair(CryptoSuite? suite = null) => DeriveKeyPair(Algorithm, suite);

    /// <summary>The key pair of another algorithm than the text names.</summary>
    public KeyPair DeriveKeyPair(SignatureAlgorithm algorithm, CryptoSuite? suite = null)
    {
        Span<byte> secret = stackalloc byte[32];
        try
        {
            if (algorithm == SignatureAlgorithm.Ed25519)
            {
                Sha512Half.Hash(Entropy, secret);
            }
            else
            {
                DeriveSecp256k1(Entropy, secret, suite);
            }

            return KeyPair.FromSecret(algorithm, secret, suite);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The text, which is a secret: call it by name only.</summary>
    public string Reveal() => Base58.Encode(Version(Algorithm), Entropy);

    /// <summary>Says only that it is a seed.</summary>
    public override string ToString() => $"seed ({Algorithm})";

    /// <summary>Zeroes the entropy.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_entropy);
    }

    private static ReadOnlySpan<byte> Version(SignatureAlgorithm algorithm) =>
        algorithm == SignatureAlgorithm.Ed25519 ? Ed25519Version : FamilyVersion;

    // root = first number in range of SHA512Half(entropy ‖ i); intermediate = the same of (root's public key ‖
    // account index 0 ‖ i); secret = root + intermediate mod n.
    private static void DeriveSecp256k1(ReadOnlySpan<byte> entropy, Span<byte> secret, CryptoSuite? suite)
    {
        Span<byte> root = stackalloc byte[32];
        Span<byte> intermediate = stackalloc byte[32];
        Span<byte> family = stackalloc byte[PublicKey.Bytes + sizeof(uint)];
        FirstInRange(entropy, root);
        using (var rootKey = Secp256k1Key.FromPrivateKey(root, suite))
        {
            rootKey.PublicKey.CopyTo(family);
        }

        family[PublicKey.Bytes..].Clear();
        FirstInRange(family, intermediate);
        if (!Secp256k1.TryAddPrivateKeys(root, intermediate, secret))
        {
            throw new InvalidOperationException("the derived key is zero, which happens once in 2^256 seeds");
        }

        CryptographicOperations.ZeroMemory(root);
        CryptographicOperations.ZeroMemory(intermediate);
    }

    private static void FirstInRange(ReadOnlySpan<byte> from, Span<byte> number)
    {
        Span<byte> input = stackalloc byte[from.Length + sizeof(uint)];
        from.CopyTo(input);
        uint counter = 0;
        do
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[from.Length..], counter++);
            Sha512Half.Hash(input, number);
        }
        while (!Secp256k1.IsPrivateKey(number));

        CryptographicOperations.ZeroMemory(input);
    }
}
