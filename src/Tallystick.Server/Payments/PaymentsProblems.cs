using Tallystick.Hosting;

namespace Tallystick.Server.Payments;

internal static class PaymentsProblems
{
    public static readonly ProblemType KeyReused = new(
        "idempotency-key-reused", StatusCodes.Status422UnprocessableEntity,
        "This idempotency key was used for another request.",
        "Use a new key for a new request; repeat the old one unchanged to get its answer.");

    public static readonly ProblemType OfferNotOnSale = new(
        "offer-not-on-sale", StatusCodes.Status409Conflict, "This offer cannot be bought.",
        "Read the work's current offers and choose one that is on sale.");

    public static readonly ProblemType CheckoutRefused = new(
        "checkout-refused", StatusCodes.Status422UnprocessableEntity, "The payment provider refuses this checkout.",
        "Change what the detail names and start again with a new idempotency key.");

    public static readonly ProblemType NotRefundable = new(
        "not-refundable", StatusCodes.Status409Conflict, "This purchase cannot be refunded.",
        "Read the purchase: only a paid one can be refunded, before its refund_until.");

    public static readonly ProblemType RefundLimit = new(
        "refund-limit", StatusCodes.Status409Conflict, "You have taken back as much as a buyer may in 30 days.",
        "Ask the creator to revoke the licence, or the operator; or ask again while the refund window is open and the 30 days are over.");

    public static readonly ProblemType WalletNotRefundable = new(
        "wallet-not-refundable", StatusCodes.Status409Conflict, "The wallet cannot give back so much.",
        "Ask for at most what is available; what gates hold is free again some minutes after the last use.");

    public static readonly ProblemType DebtOpen = new(
        "debt-open", StatusCodes.Status409Conflict, "The wallet gives nothing back while its buyer owes something.",
        "Top up at least what 'debt' of GET /v1/wallet says: it is collected at once, the rest can be used or given back.");

    public static readonly ProblemType ProviderUnknown = new(
        "payment-provider-unavailable", StatusCodes.Status503ServiceUnavailable,
        "The payment provider gave no clear answer.",
        "Repeat the same request with the same idempotency key after the seconds in Retry-After: nothing is paid twice.");

    public static readonly ProblemType NoProvider = new(
        "payments-not-configured", StatusCodes.Status409Conflict, "This installation takes no payments.",
        "Ask the operator to set the key of the payment provider.");

    public static readonly ProblemType SignatureRefused = new(
        "signature-refused", StatusCodes.Status400BadRequest, "The signature of this webhook is not valid.",
        "Sign the raw body with the endpoint's current secret and a timestamp at most 300 s off.");
}
