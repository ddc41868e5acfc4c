using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Payments;

/// <summary><c>Tally:Payments</c>.</summary>
internal sealed class PaymentsOptions
{
    /// <summary>Where Stripe, or whatever speaks its protocol, is reached; without a slash at the end.</summary>
    [Required, Url]
    public string StripeUrl { get; set; } = "https://api.stripe.com";

    /// <summary>Secret key of the platform account. Without one nothing can be sold; everything else works.</summary>
    [StringLength(300)]
    public string StripeSecretKey { get; set; } = "";

    /// <summary>Signing secret of the webhook endpoint, the whole <c>whsec_…</c> text. Without one all webhooks are refused.</summary>
    [StringLength(300)]
    public string StripeWebhookSecret { get; set; } = "";

    /// <summary>How long one call to the gateway may take. Stripe's own clients wait 80 s; people do not.</summary>
    [Range(1, 120)]
    public int GatewayTimeoutSeconds { get; set; } = 20;

    /// <summary>Tries of one request, always under the same idempotency key.</summary>
    [Range(1, 5)]
    public int GatewayTriesMost { get; set; } = 3;

    /// <summary>After how long a checkout is looked at although no webhook spoke of it.</summary>
    [Range(1, 86_400)]
    public int SweepAfterSeconds { get; set; } = 120;

    /// <summary>Least amount of a top-up in minor units.</summary>
    [Range(1, 1_000_000)]
    public long TopUpMinorLeast { get; set; } = 100;

    /// <summary>Most of a top-up in minor units: a slip of the finger must not empty an account.</summary>
    [Range(1, 99_999_999)]
    public long TopUpMinorMost { get; set; } = 1_000_000;
}
