using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// The <c>Stripe-Signature</c> header: <c>t=seconds,v1=hex[,v1=hex…]</c>, HMAC-SHA256 over <c>t.body</c>. The key is the
/// whole <c>whsec_…</c> text; Standard Webhooks, which looks alike, decodes it.
/// </summary>
internal static class StripeSignature
{
    public const string Valid = "valid";

    /// <summary>Replays are refused beyond this, and so are timestamps of the future: a clock can be wrong both ways.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    private const int HeaderLengthMost = 2_000;
    private const int SignaturesMost = 10;

    /// <summary><see cref="Valid"/> under any of the secrets, or why not.</summary>
    public static string Check(string header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        if (secrets.Count == 0)
        {
            return "no secret is configured";
        }

        if (header.Length is 0 or > HeaderLengthMost)
        {
            return "the header is missing or too long";
        }

        var parts = header.Split(',', SignaturesMost + 2).Select(p => p.Trim().Split('=', 2)).Where(p => p.Length == 2);
        var (stamp, signatures) = ("", new List<string>());
        foreach (var part in parts)
        {
            if (part[0] == "t" && stamp.Length == 0)
            {
                stamp = part[1];
            }
            else if (part[0] == "v1")
            {
                signatures.Add(part[1]);
            }
        }

        if (!long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ||
            seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return "the header has no timestamp";
        }

        // No early end: which of the secrets it is, and which of the signatures matches, takes the same time.
        var matches = false;
        foreach (var secret in secrets)
        {
            matches |= Matches(stamp, body, signatures, secret);
        }

        return !matches ? "no signature matches"
            : (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance ? "the timestamp is too far off"
            : Valid;
    }

    private static bool Matches(string stamp, ReadOnlySpan<byte> body, List<string> signatures, string secret)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        using (var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret)))
        {
            // As it stood in the header: 007 and 7 are the same number and not the same signed text.
            mac.AppendData(Encoding.ASCII.GetBytes(stamp + "."));
            mac.AppendData(body);
            mac.GetHashAndReset(expected);
        }

        var matches = false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var signature in signatures)
        {
            matches |= signature.Length == 2 * given.Length &&
                Convert.FromHexString(signature, given, out _, out _) == System.Buffers.OperationStatus.Done &&
                CryptographicOperations.FixedTimeEquals(given, expected);
        }

        return matches;
    }
}
