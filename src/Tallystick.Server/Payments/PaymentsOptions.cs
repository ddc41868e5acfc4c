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

    /// <summary>
    /// Further signing secrets that are valid: of the endpoint for connected accounts, which has one of its own, and the old one
    /// while a secret is being changed.
    /// </summary>
    [MaxLength(8)]
    public IList<string> StripeWebhookSecretsMore { get; } = [];

    /// <summary>All that are valid now.</summary>
    public IReadOnlyList<string> WebhookSecrets =>
        [.. StripeWebhookSecretsMore.Prepend(StripeWebhookSecret).Where(s => s.Length > 0)];

    /// <summary>How long one call to the gateway may take. Stripe's own clients wait 80 s; people do not.</summary>
    [Range(1, 120)]
    public int GatewayTimeoutSeconds { get; set; } = 20;

    /// <summary>Tries of one request, always under the same idempotency key.</summary>
    [Range(1, 5)]
    public int GatewayTriesMost { get; set; } = 3;

    /// <summary>After how long a checkout is looked at although no webhook spoke of it.</summary>
    [Range(1, 86_400)]
    public int SweepAfterSeconds { get; set; } = 120;

    /// <summary>How often the gateway's own lists are read for what no webhook told.</summary>
    [Range(5, 86_400)]
    public int SweepEverySeconds { get; set; } = 120;

    /// <summary>
    /// For how long a billing run and payouts wait for a gateway whose lists cannot be read. Until then nothing is shared or paid
    /// that a dispute nobody told us of may contest; afterwards the operator was told, and everything goes on.
    /// </summary>
    [Range(1, 10_080)]
    public int SweepPatienceMinutes { get; set; } = 360;

    /// <summary>
    /// Country of the platform's own account at the gateway: on what terms payees of other countries get theirs, so that they can be
    /// paid across the border.
    /// </summary>
    [RegularExpression("[A-Z]{2}")]
    public string PlatformCountry { get; set; } = "US";

    /// <summary>How long the gateway's refusal to open a payout account stands before the same wish is sent again.</summary>
    [Range(0, 86_400)]
    public int AccountAgainSeconds { get; set; } = 600;

    /// <summary>Least amount of a top-up in minor units.</summary>
    [Range(1, 1_000_000)]
    public long TopUpMinorLeast { get; set; } = 100;

    /// <summary>Most of a top-up in minor units: a slip of the finger must not empty an account.</summary>
    [Range(1, 99_999_999)]
    public long TopUpMinorMost { get; set; } = 1_000_000;

    /// <summary>
    /// Top-ups one buyer may begin within 24 hours; 0 for any number. Stolen cards are tried in haste, nobody fills a wallet ten
    /// times a day.
    /// </summary>
    [Range(0, 10_000)]
    public int TopUpsPerDayMost { get; set; } = 10;

    /// <summary>
    /// What one buyer may begin to top up within 24 hours, in minor units of each currency; 0 for any amount. Twice the most of
    /// one: so much can be lost to one buyer before anybody has looked.
    /// </summary>
    [Range(0, 99_999_999_999)]
    public long TopUpMinorPerDayMost { get; set; } = 2_000_000;

    /// <summary>
    /// Who bears what the gateway keeps of a payment whose money goes back unused: <c>none</c> (the operator) or
    /// <c>gateway_cost</c> (the buyer, who is told before). Topping up and taking it back, again and again, costs the operator
    /// nothing so.
    /// </summary>
    [RegularExpression("none|gateway_cost")]
    public string WalletRefundFee { get; set; } = "gateway_cost";

    /// <summary>
    /// Purchases that one buyer may take back inside their refund windows in 30 days; 0 for any number. The gateway keeps its fee
    /// of each, and the operator bears it.
    /// </summary>
    [Range(0, 10_000)]
    public int RefundsPerBuyerMost { get; set; } = 5;

    /// <summary>What they may come to together, in minor units of each currency; 0 for any amount.</summary>
    [Range(0, 99_999_999_999)]
    public long RefundMinorPerBuyerMost { get; set; } = 2_000_000;

    /// <summary>
    /// Sold licences that one creator may take back in 30 days, each of which is a refund; 0 for any number. More than of a buyer:
    /// who ends an offer has many buyers.
    /// </summary>
    [Range(0, 10_000)]
    public int RevocationsPerCreatorMost { get; set; } = 20;

    /// <summary>What they may come to together, in minor units of each currency; 0 for any amount.</summary>
    [Range(0, 99_999_999_999)]
    public long RevocationMinorPerCreatorMost { get; set; } = 2_000_000;

    /// <summary>Whether the buyer bears it.</summary>
    public bool BuyerBearsRefundFee => WalletRefundFee == "gateway_cost";
}
