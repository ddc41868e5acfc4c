namespace Tallystick.Crypto.Tests;

public sealed class SignatureBatchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [ClassData(typeof(Paths))]
    public void Each_answer_stands_in_its_place_whatever_the_number_of_cores(string path)
    {
        var suite = CryptoSuite.Choose(path);
        var checks = Enumerable.Range(1, 100).Select(n => Check(suite, n)).ToArray();
        for (var i = 0; i < checks.Length; i += 7)
        {
            checks[i] = checks[i] with { Message = new byte[32] };
        }

        var expected = Enumerable.Range(0, checks.Length).Select(i => i % 7 != 0).ToArray();
        foreach (var cores in new[] { 1, 2, 4, 64 })
        {
            var valid = new bool[checks.Length];
            SignatureBatch.Verify(checks, valid, cores, suite, Stop).ShouldBe(expected.Count(good => good));
            valid.ShouldBe(expected);
        }
    }

    [Fact]
    public void An_empty_batch_has_no_good_signature_and_a_short_answer_is_refused()
    {
        SignatureBatch.Verify(ReadOnlyMemory<SignatureCheck>.Empty, Memory<bool>.Empty, 4, stop: Stop).ShouldBe(0);
        Should.Throw<ArgumentException>(() => SignatureBatch.Verify(new SignatureCheck[2], new bool[1], 1, stop: Stop));
        Should.Throw<ArgumentException>(() => SignatureBatch.Verify(new SignatureCheck[2], new bool[2], 0, stop: Stop));
        SignatureBatch.Verify(new SignatureCheck[2], new bool[2], 1, stop: Stop).ShouldBe(0);
    }

    [Fact]
    public void A_stopped_batch_stops()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Should.Throw<OperationCanceledException>(
            () => SignatureBatch.Verify(new SignatureCheck[100], new bool[100], 2, null, stop.Token));
    }

    private static SignatureCheck Check(CryptoSuite suite, int n)
    {
        if (n % 2 == 0)
        {
            var (publicKey, message, signature) = Ed25519Tests.Signed(suite, (byte)n);
            return new SignatureCheck(SignatureAlgorithm.Ed25519, publicKey, message, signature);
        }

        var (key, digest, der) = Secp256k1Tests.Signed(suite, n);
        return new SignatureCheck(SignatureAlgorithm.Secp256k1, key, digest, der);
    }
}
