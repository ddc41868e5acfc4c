using Tallystick.Hosting;

namespace Tallystick.Server.Licensing;

internal static class LicensingProblems
{
    public static readonly ProblemType PurchaseNeeded = new(
        "purchase-needed", StatusCodes.Status409Conflict, "This offer is paid once, before the licence is granted.",
        "POST /v1/purchases with this offer; the licence is granted when the payment has arrived.");

    public static readonly ProblemType NotOnSale = new(
        "not-on-sale", StatusCodes.Status409Conflict, "The offer was withdrawn.",
        "Choose another offer of the work.");

    public static readonly ProblemType TooManyLicences = new(
        "too-many-licences", StatusCodes.Status409Conflict, "You hold as many licences of this offer as one buyer may.",
        "Use one of them, or wait until one has expired.");

    public static readonly ProblemType Ended = new(
        "licence-ended", StatusCodes.Status409Conflict, "The licence is not valid any more.",
        "Get a new licence.");

    public static readonly ProblemType RevocationNotCovered = new(
        "revocation-not-covered", StatusCodes.Status409Conflict, "The buyer's refund is not covered, so the licence stays valid.",
        "Revoke it when 'missing' is owed to you, or ask the operator, who was told and can decide otherwise.");

    public static readonly ProblemType PurchaseContested = new(
        "purchase-contested", StatusCodes.Status409Conflict, "What was paid for this licence is being decided about.",
        "Revoke it when the bank, or the refund that is on its way, has decided.");

    public static readonly ProblemType RevocationLimit = new(
        "revocation-limit", StatusCodes.Status409Conflict, "You have taken back as much as a creator may in 30 days.",
        "Revoke it when the 30 days are over, or ask the operator, who was told and can decide otherwise.");

    /// <summary>RFC 6749, section 5.2: the <c>error</c> member says which.</summary>
    public static readonly ProblemType OAuth = new(
        "oauth", StatusCodes.Status400BadRequest, "The token request cannot be granted.",
        "Read 'error' and 'error_description' (RFC 6749, section 5.2) and correct the request.");

    public static Refusal OAuthError(string error, string description) => OAuth.With(
        description,
        new Dictionary<string, object?> { ["error"] = error, ["error_description"] = description });
}
