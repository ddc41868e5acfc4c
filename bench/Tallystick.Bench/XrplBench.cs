using Tallystick.Crypto;
using Tallystick.Xrpl;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Bench;

/// <summary>What a payment and a claim cost beside their signatures.</summary>
internal static class XrplBench
{
    private const int Payments = 16;
    private const int Claims = 16;

    public static BenchSuite Suite { get; } = new(
        ["payment_sign_per_s", "payment_parse_per_s", "claim_overhead_ns"],
        (progress, stop) => Task.Run(() => Run(progress, stop), stop));

    private static IReadOnlyList<BenchResult> Run(TextWriter progress, CancellationToken stop)
    {
        progress.WriteLine($"xrpl: {CryptoSuite.Active.Name}");
        using var seed = Seed.FromPassphrase("bench", SignatureAlgorithm.Secp256k1);
        using var key = seed.DeriveKeyPair();
        var payee = AccountId.Parse("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
        var (sign, bare) = PairedTiming.Measure(
            () => SignPayments(key, payee), () => SignOnly(key), stop);
        var blob = Payment(key, payee, 1).Sign(key).Blob;
        var (parse, _) = PairedTiming.Measure(() => ParsePayments(blob), static () => { }, stop);
        return
        [
            new BenchResult(
                "payment_sign_per_s", Payments / sign, "payments/s", "the signature alone", bare / sign,
                $"encode, sign, hash; one thread; secp256k1 by {CryptoSuite.Active.Secp256k1.Name}"),
            new BenchResult(
                "payment_parse_per_s", Payments / parse, "payments/s", null, null, "blob to checked fields and hash, one thread"),
            ClaimOverhead(stop),
        ];
    }

    // The dearer of the two algorithms: secp256k1 pays for SHA-512Half as well.
    private static BenchResult ClaimOverhead(CancellationToken stop)
    {
        var parts = Enum.GetValues<SignatureAlgorithm>().Select(algorithm =>
        {
            var claims = Enumerable.Range(1, Claims).Select(n => ClaimText.Make(algorithm, n)).ToArray();
            var (whole, signature) = PairedTiming.Measure(
                () => Array.ForEach(claims, claim => claim.VerifyWhole()),
                () => Array.ForEach(claims, claim => claim.VerifySignature()),
                stop);
            return (algorithm, Nanoseconds: (whole - signature) / Claims * 1e9);
        }).ToArray();
        return new BenchResult(
            "claim_overhead_ns", parts.Max(part => part.Nanoseconds), "ns", null, null,
            "parse hex, blob, hash, beyond the bare signature check; "
            + string.Join(", ", parts.Select(part => $"{part.algorithm} {part.Nanoseconds:N0} ns")));
    }

    private static void SignPayments(KeyPair key, AccountId payee)
    {
        for (uint sequence = 1; sequence <= Payments; sequence++)
        {
            var signed = Payment(key, payee, sequence).Sign(key);
            CryptoSample.Expect(signed.Blob.Length > 100 && signed.Hash != default);
        }
    }

    private static Payment Payment(KeyPair key, AccountId payee, uint sequence) =>
        new(key.Account, payee, Amount.Of(new Drops(1_000_000)))
        {
            Fee = new(12), Sequence = sequence, LastLedgerSequence = 1000, DestinationTag = 7,
        };

    private static void SignOnly(KeyPair key)
    {
        Span<byte> signature = stackalloc byte[KeyPair.SignatureBytesMax];
        Span<byte> message = stackalloc byte[120];
        message.Clear();
        for (var i = 0; i < Payments; i++)
        {
            message[0] = (byte)i;
            CryptoSample.Expect(key.Sign(message, signature) > 0);
        }
    }

    private static void ParsePayments(ReadOnlyMemory<byte> blob)
    {
        for (var i = 0; i < Payments; i++)
        {
            CryptoSample.Expect(Transaction.Parse(blob).Hash != default);
        }
    }

    private sealed record ClaimText(
        string PublicKey, string Channel, Drops Amount, string Signature, byte[] KeyBytes, byte[] Message, byte[] SignatureBytes)
    {
        public static ClaimText Make(SignatureAlgorithm algorithm, int n)
        {
            using var seed = Seed.FromPassphrase($"payer {n}", algorithm);
            using var key = seed.DeriveKeyPair();
            var claim = new ChannelClaim(Hash256.Of([(byte)n]), new Drops((ulong)n));
            var signature = claim.Sign(key);
            var (blob, encoded) = (new byte[ChannelClaim.BlobBytes], new byte[Tallystick.Xrpl.PublicKey.Bytes]);
            claim.WriteBlob(blob);
            key.PublicKey.CopyTo(encoded);
            var digest = new byte[Sha512Half.Bytes];
            Sha512Half.Hash(blob, digest);
            return new ClaimText(
                $"{key.PublicKey}", $"{claim.Channel}", claim.Amount, Convert.ToHexString(signature),
                encoded, algorithm == SignatureAlgorithm.Ed25519 ? blob : digest, signature);
        }

        public void VerifyWhole() => CryptoSample.Expect(ChannelClaim.Verify(PublicKey, Channel, Amount, Signature));

        public void VerifySignature() => CryptoSample.Expect(KeyBytes[0] == 0xed
            ? Ed25519.Verify(KeyBytes.AsSpan(1), Message, SignatureBytes)
            : Secp256k1.Verify(KeyBytes, Message, SignatureBytes));
    }
}
