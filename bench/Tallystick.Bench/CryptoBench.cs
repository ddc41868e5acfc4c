using Tallystick.Crypto;

namespace Tallystick.Bench;

/// <summary>Signatures on every path of this machine, against the library behind it called raw in the same run.</summary>
internal static class CryptoBench
{
    private const int Samples = 32;
    private const int BatchSamples = 1024;

    public static BenchSuite Suite { get; } = new(
        [
            "ed25519_verify_vs_native", "secp256k1_verify_vs_native", "ed25519_sign_vs_native", "secp256k1_sign_vs_native",
            "ed25519_verify_libcrypto_vs_native", "secp256k1_verify_libcrypto_vs_native",
            "ed25519_sign_libcrypto_vs_native", "secp256k1_sign_libcrypto_vs_native",
            "ed25519_verify_all_cores_per_s", "secp256k1_verify_all_cores_per_s",
            "ed25519_verify_libcrypto_all_cores_per_s", "secp256k1_verify_libcrypto_all_cores_per_s",
            "ed25519_sign_all_cores_per_s", "secp256k1_sign_all_cores_per_s",
            "ed25519_sign_libcrypto_all_cores_per_s", "secp256k1_sign_libcrypto_all_cores_per_s",
        ],
        (progress, stop) => Task.Run(() => Run(progress, stop), stop));

    private static IReadOnlyList<BenchResult> Run(TextWriter progress, CancellationToken stop)
    {
        progress.WriteLine($"crypto: {string.Join("; ", CryptoSuite.All.Select(suite => suite.Name))}");
        var results = new List<BenchResult>();
        foreach (var algorithm in Enum.GetValues<SignatureAlgorithm>())
        {
            var samples = CryptoSample.Make(algorithm, Samples);
            var portable = CryptoSuite.Choose("portable");
            var name = algorithm.ToString().ToLowerInvariant();
            var raw = algorithm == SignatureAlgorithm.Ed25519 ? CryptoRaw.Sodium() : CryptoRaw.Secp256k1();
            if (raw is var (verify, sign))
            {
                var native = CryptoSuite.Choose("native");
                var library = NameOf(algorithm, native);
                using var keys = new SampleKeys(algorithm, samples, native);
                results.Add(Compare($"{name}_verify_vs_native", library, () => Verify(algorithm, native, samples), () => verify(samples), stop));
                results.Add(Compare($"{name}_sign_vs_native", library, keys.SignAll, () => sign(samples), stop));
            }
            else
            {
                progress.WriteLine($"crypto: no native library for {name}: its figures are left out");
            }

            var (opensslVerify, opensslSign) = (CryptoRaw.OpenSslVerify(algorithm, samples), CryptoRaw.OpenSslSign(algorithm, samples));
            results.Add(Compare(
                $"{name}_verify_libcrypto_vs_native", "libcrypto", () => Verify(algorithm, portable, samples), () => opensslVerify(samples), stop));
            using var portableKeys = new SampleKeys(algorithm, samples, portable);
            results.Add(Compare(
                $"{name}_sign_libcrypto_vs_native", "libcrypto", portableKeys.SignAll, () => opensslSign(samples), stop));
            var active = CryptoSuite.Active;
            results.Add(VerifyAllCores($"{name}_verify", algorithm, active, stop));
            results.Add(VerifyAllCores($"{name}_verify_libcrypto", algorithm, portable, stop));
            results.Add(SignAllCores($"{name}_sign", algorithm, samples, active, stop));
            results.Add(SignAllCores($"{name}_sign_libcrypto", algorithm, samples, portable, stop));
        }

        return results;
    }

    private static BenchResult Compare(string name, string library, Action ours, Action theirs, CancellationToken stop)
    {
        var (mine, native) = PairedTiming.Measure(ours, theirs, stop);
        return new BenchResult(
            name, Samples / mine, "signatures/s", $"raw {library} ({Samples / native:N0}/s)", native / mine,
            $"one thread, {Samples} keys, 44-byte messages or 32-byte digests");
    }

    private static string NameOf(SignatureAlgorithm algorithm, CryptoSuite suite) =>
        algorithm == SignatureAlgorithm.Ed25519 ? suite.Ed25519.Name : suite.Secp256k1.Name;

    private static BenchResult SignAllCores(
        string name, SignatureAlgorithm algorithm, CryptoSample[] samples, CryptoSuite suite, CancellationToken stop)
    {
        const int rounds = 8;
        var cores = Environment.ProcessorCount;
        using var keys = new SampleKeys(algorithm, samples, suite);
        var (all, one) = PairedTiming.Measure(() => Parallel.For(0, rounds, Limit(cores), _ => keys.SignAll()),
            () => Parallel.For(0, rounds, Limit(1), _ => keys.SignAll()), stop);
        return new BenchResult(
            $"{name}_all_cores_per_s", rounds * Samples / all, "signatures/s", "one core", one / all,
            $"{NameOf(algorithm, suite)}, {cores} cores, {Samples} keys");

        static ParallelOptions Limit(int cores) => new() { MaxDegreeOfParallelism = cores };
    }

    private static BenchResult VerifyAllCores(string name, SignatureAlgorithm algorithm, CryptoSuite suite, CancellationToken stop)
    {
        var checks = CryptoSample.Make(algorithm, BatchSamples)
            .Select(sample => new SignatureCheck(algorithm, sample.PublicKey, sample.Message, sample.Signature)).ToArray();
        var valid = new bool[checks.Length];
        var cores = Environment.ProcessorCount;
        var (all, one) = PairedTiming.Measure(() => Batch(cores), () => Batch(1), stop);
        return new BenchResult(
            $"{name}_all_cores_per_s", BatchSamples / all, "verifies/s", "one core", one / all,
            $"{NameOf(algorithm, suite)}, {cores} cores, batches of {BatchSamples} different keys");

        void Batch(int limit) => CryptoSample.Expect(
            SignatureBatch.Verify(checks, valid, limit, suite, stop) == checks.Length);
    }

    private static void Verify(SignatureAlgorithm algorithm, CryptoSuite suite, CryptoSample[] samples)
    {
        foreach (var sample in samples)
        {
            CryptoSample.Expect(algorithm == SignatureAlgorithm.Ed25519
                ? suite.Ed25519.Verify(sample.PublicKey, sample.Message, sample.Signature)
                : suite.Secp256k1.Verify(sample.PublicKey, sample.Message, sample.Signature));
        }
    }

    private sealed class SampleKeys(SignatureAlgorithm algorithm, CryptoSample[] samples, CryptoSuite suite) : IDisposable
    {
        private readonly Ed25519Key[] _edwards = algorithm != SignatureAlgorithm.Ed25519
            ? []
            : [.. samples.Select(sample => Ed25519Key.FromSeed(sample.Secret, suite))];

        private readonly Secp256k1Key[] _koblitz = algorithm != SignatureAlgorithm.Secp256k1
            ? []
            : [.. samples.Select(sample => Secp256k1Key.FromPrivateKey(sample.Secret, suite))];

        public void SignAll()
        {
            Span<byte> signature = stackalloc byte[Secp256k1.SignatureBytesMax];
            for (var i = 0; i < _edwards.Length; i++)
            {
                _edwards[i].Sign(samples[i].Message, signature[..Ed25519.SignatureBytes]);
            }

            for (var i = 0; i < _koblitz.Length; i++)
            {
                CryptoSample.Expect(_koblitz[i].Sign(samples[i].Message, signature) > 0);
            }
        }

        public void Dispose()
        {
            Array.ForEach(_edwards, key => key.Dispose());
            Array.ForEach(_koblitz, key => key.Dispose());
        }
    }
}
