using System.Security.Cryptography;
using System.Text;

namespace Tallystick.StripeSimulator.Webhooks;

/// <summary>The <c>Stripe-Signature</c> header: HMAC-SHA256 over <c>t.body</c>, keyed by the whole <c>whsec_</c> text.</summary>
internal static class WebhookSignature
{
    public static string Header(string secret, long timestamp, string body)
    {
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}"));
        return $"t={timestamp},v1={Convert.ToHexStringLower(mac)}";
    }
}
