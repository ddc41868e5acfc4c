using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>A purchase of a one-off licence.</summary>
/// <param name="Status"><c>creating</c>, <c>open</c>, <c>paid</c>, <c>refunding</c>, <c>refunded</c>, <c>expired</c> or <c>refused</c>.</param>
/// <param name="CheckoutUrl">Where a person pays; null once that is over.</param>
public sealed record Purchase(
    PurchaseId PurchaseId, OfferId OfferId, string Status, Money Price, Money Refunded, DateTimeOffset CreatedAt,
    string? CheckoutUrl = null, DateTimeOffset? PaidAt = null, DateTimeOffset? RefundUntil = null)
{
    /// <summary>True when waiting longer changes nothing.</summary>
    public bool IsOver => Status is not ("creating" or "open");
}

/// <summary>Money on its way into a wallet.</summary>
/// <param name="Status"><c>creating</c>, <c>open</c>, <c>paid</c>, <c>expired</c> or <c>refused</c>.</param>
/// <param name="CheckoutUrl">Where a person pays; null once that is over.</param>
public sealed record TopUp(TopUpId TopUpId, string Status, Money Amount, string? CheckoutUrl = null);

/// <summary>A wallet in one currency.</summary>
/// <param name="Balance">Prepaid and not charged yet.</param>
/// <param name="Held">Of this, what gates may already be delivering for.</param>
/// <param name="Available">The rest.</param>
/// <param name="Debt">Owed: used of payments that were taken back. The next top-up pays it first.</param>
/// <param name="RefundFee">What taking all that is available back would cost; less in proportion for less.</param>
/// <param name="TopUps">The newest twenty.</param>
/// <param name="Refunds">The newest twenty.</param>
public sealed record Wallet(
    Money Balance, Money Held, Money Available, Money Debt, Money RefundFee, IReadOnlyList<TopUp> TopUps,
    IReadOnlyList<WalletRefund> Refunds);

/// <summary>Unused money on its way back to the cards it came from. It left the wallet when it was asked for.</summary>
/// <param name="Status"><c>refunding</c>, <c>refunded</c>, or <c>refused</c>: then the rest is in the wallet again.</param>
/// <param name="Reason">Why a part was refused.</param>
public sealed record WalletRefund(
    WalletRefundId WalletRefundId, Money Amount, Money Refunded, string Status, DateTimeOffset RequestedAt, string? Reason = null);

/// <summary>Where a creator's money goes.</summary>
/// <param name="Transfers"><c>inactive</c>, <c>pending</c> or <c>active</c>: nothing is paid out before it is active.</param>
public sealed record PayoutAccount(
    string Country, string Transfers, bool PayoutsEnabled, bool DetailsSubmitted, string? AccountId = null);

/// <summary>A link to the gateway's pages, where identity and bank account are given.</summary>
public sealed record OnboardingLink(string OnboardingUrl, DateTimeOffset ExpiresAt);

public sealed partial class TallyClient
{
    /// <summary>Opens a purchase of a one-off offer.</summary>
    /// <param name="idempotencyKey">New for every new purchase; the same key again answers the same purchase.</param>
    public Task<Purchase> StartPurchase(OfferId offer, string idempotencyKey, CancellationToken stop) =>
        Post<Purchase>("v1/purchases", new { offer_id = offer }, stop, idempotencyKey);

    /// <summary>How a purchase stands.</summary>
    public Task<Purchase> Purchase(PurchaseId purchase, CancellationToken stop) =>
        Get<Purchase>($"v1/purchases/{purchase}", stop);

    /// <summary>Gives a purchase back inside its refund window; its licence ends.</summary>
    public Task<Purchase> Refund(PurchaseId purchase, CancellationToken stop) =>
        Post<Purchase>($"v1/purchases/{purchase}/refund", null, stop);

    /// <summary>Opens a checkout that prepays into the caller's wallet.</summary>
    /// <param name="idempotencyKey">New for every new top-up.</param>
    public Task<TopUp> StartTopUp(Money amount, string idempotencyKey, CancellationToken stop) =>
        Post<TopUp>("v1/wallet/top-ups", new { amount }, stop, idempotencyKey);

    /// <summary>Gives unused money of the wallet back to the payments it came from, the newest first.</summary>
    /// <param name="idempotencyKey">New for every new wish; the same key again answers the same refund.</param>
    /// <exception cref="TallyProblemException">More than is available (<c>wallet-not-refundable</c>).</exception>
    public Task<WalletRefund> RefundWallet(Money amount, string idempotencyKey, CancellationToken stop) =>
        Post<WalletRefund>("v1/wallet/refunds", new { amount }, stop, idempotencyKey);

    /// <summary>The caller's wallet and its newest top-ups.</summary>
    public Task<Wallet> Wallet(Currency currency, CancellationToken stop) =>
        Get<Wallet>("v1/wallet" + Query(("currency", currency)), stop);

    /// <summary>Opens the caller's payout account if there is none, and a link to complete it.</summary>
    /// <param name="country">ISO 3166-1, two capital letters.</param>
    public Task<OnboardingLink> OpenPayoutAccount(string country, CancellationToken stop) =>
        Post<OnboardingLink>("v1/payout-account", new { country }, stop);

    /// <summary>How the caller's payout account stands.</summary>
    /// <exception cref="TallyProblemException">There is none yet (404).</exception>
    public Task<PayoutAccount> PayoutAccount(CancellationToken stop) => Get<PayoutAccount>("v1/payout-account", stop);
}
