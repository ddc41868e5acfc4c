namespace Tallystick.Crypto;

/// <summary>The two signature algorithms of the XRP Ledger.</summary>
public enum SignatureAlgorithm
{
    /// <summary>RFC 8032, over the raw message.</summary>
    Ed25519,

    /// <summary>ECDSA over secp256k1, over a 32-byte digest.</summary>
    Secp256k1,
}

/// <summary>One signature to check.</summary>
/// <param name="Algorithm">Which equation.</param>
/// <param name="PublicKey">32 bytes for Ed25519, 33 compressed for secp256k1.</param>
/// <param name="Message">The raw message for Ed25519, the 32-byte digest for secp256k1.</param>
/// <param name="Signature">64 bytes for Ed25519, strict DER for secp256k1.</param>
public readonly record struct SignatureCheck(
    SignatureAlgorithm Algorithm,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte> Message,
    ReadOnlyMemory<byte> Signature)
{
    /// <summary>Whether the signature is good. Never throws for any bytes.</summary>
    public bool IsValid(CryptoSuite suite) => Algorithm switch
    {
        SignatureAlgorithm.Ed25519 => suite.Ed25519.Verify(PublicKey.Span, Message.Span, Signature.Span),
        SignatureAlgorithm.Secp256k1 => suite.Secp256k1.Verify(PublicKey.Span, Message.Span, Signature.Span),
        _ => false,
    };
}

/// <summary>
/// Checks many signatures over many cores. Each is checked by itself: the algebraic batch equation of Ed25519 can
/// accept what single verification refuses, and then two verifiers disagree about a payment.
/// </summary>
public static class SignatureBatch
{
    // Below this a second core costs more in waking up than it saves: about 0.3 ms of work on the native path.
    private const int ItemsPerCoreMin = 8;

    /// <summary>Writes one answer per check, in order.</summary>
    /// <param name="checks">What to verify.</param>
    /// <param name="valid">At least as many places as checks.</param>
    /// <param name="coresMax">How many cores may work on it, 1 or more.</param>
    /// <param name="suite">Where to compute; the active suite when left out.</param>
    /// <param name="stop">Ends the work between two signatures.</param>
    /// <returns>How many signatures are good.</returns>
    /// <exception cref="ArgumentException"><paramref name="valid"/> is too short.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static int Verify(
        ReadOnlyMemory<SignatureCheck> checks,
        Memory<bool> valid,
        int coresMax,
        CryptoSuite? suite = null,
        CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coresMax, 1);
        if (valid.Length < checks.Length)
        {
            throw new ArgumentException("fewer places than checks", nameof(valid));
        }

        var chosen = suite ?? CryptoSuite.Active;
        var cores = Math.Min(coresMax, Math.Max(1, checks.Length / ItemsPerCoreMin));
        if (cores == 1)
        {
            VerifyRange(checks.Span, valid.Span, chosen, stop);
        }
        else
        {
            // More pieces than cores, so that one slow core does not hold up the rest.
            var pieces = Math.Min(checks.Length / ItemsPerCoreMin, cores * 4);
            var limits = new ParallelOptions { MaxDegreeOfParallelism = cores, CancellationToken = stop };
            Parallel.For(0, pieces, limits, piece =>
            {
                var from = (int)((long)checks.Length * piece / pieces);
                var to = (int)((long)checks.Length * (piece + 1) / pieces);
                VerifyRange(checks.Span[from..to], valid.Span[from..to], chosen, stop);
            });
        }

        return valid.Span[..checks.Length].Count(true);
    }

    private static void VerifyRange(
        ReadOnlySpan<SignatureCheck> checks, Span<bool> valid, CryptoSuite suite, CancellationToken stop)
    {
        for (var i = 0; i < checks.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            valid[i] = checks[i].IsValid(suite);
        }
    }
}
