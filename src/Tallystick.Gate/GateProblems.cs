using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>What a gate refuses with.</summary>
internal static class GateProblems
{
    public static readonly ProblemType LicenceRequired = new(
        "licence-required", 402, "This needs a licence.",
        "Buy one of the offers and send the licence as 'Authorization: Bearer <token>'.");

    public static readonly ProblemType WalletEmpty = new(
        "wallet-empty", 402, "The wallet that pays for this licence does not cover this.",
        "Top the wallet up at 'top_up_url' and repeat the request, with a Range from where it broke off.");

    public static readonly ProblemType LicenceNotValid = new(
        "licence-not-valid", 401, "What was sent is not a licence that this gate accepts.",
        "Send the licence token as it was issued, without changes, once.");

    public static readonly ProblemType LicenceKeyUnknown = new(
        "licence-key-unknown", 401, "The licence is signed with a key that this gate does not know.",
        "If it was issued seconds ago, try again; otherwise fetch the token again from the server that issued it.");

    public static readonly ProblemType HolderKeyNeeded = new(
        "holder-key-needed", 401, "This licence is bound to its holder's key.",
        "Exchange it for an access token at the server's token endpoint.");

    public static readonly ProblemType LicenceExpired = new(
        "licence-expired", 401, "The licence has expired.",
        "Renew it, or exchange the licence for a new access token.");

    public static readonly ProblemType LicenceNotYetValid = new(
        "licence-not-yet-valid", 401, "The licence is not valid yet.",
        "Wait until the time in 'not_before'; if it has passed, set the clock of the issuer or the gate right.");

    public static readonly ProblemType LicenceRevoked = new(
        "licence-revoked", 403, "The licence was revoked.",
        "Ask the seller; the reason stands in the detail.");

    public static readonly ProblemType LicenceSuspended = new(
        "licence-suspended", 403, "The licence is suspended.",
        "Settle what the detail names; then it is valid again by itself.");

    public static readonly ProblemType LicenceWrongWork = new(
        "licence-wrong-work", 403, "The licence is for another work.",
        "Send the licence of the work in the URL, or buy one.");

    public static readonly ProblemType LinkWrongFile = new(
        "link-wrong-file", 403, "The link is to another file.",
        "Ask the server's token endpoint for a link to this file, or send the licence as 'Authorization: Bearer <token>'.");

    public static readonly ProblemType NotForUrls = new(
        "token-not-for-urls", 401, "This token may not stand in a URL.",
        "Send it as 'Authorization: Bearer <token>', or exchange the licence for a link at the token endpoint. URLs are kept and passed on.");

    public static readonly ProblemType ScopeNotGranted = new(
        "scope-not-granted", 403, "The licence does not grant this use.",
        "Declare a use that 'rights_scope' names, or buy a licence that grants it.");

    public static readonly ProblemType UsesExhausted = new(
        "uses-exhausted", 403, "The uses of this licence are used up.",
        "Buy another licence; passes that were counted can still be finished.");

    public static readonly ProblemType MeterNotServed = new(
        "meter-not-served", 403, "The price of this licence counts something that this gate does not deliver.",
        "Use the licence where its offer says.");

    public static readonly ProblemType OfferUnknown = new(
        "offer-not-here-yet", 503, "The offer behind this licence has not reached this gate yet.",
        "Try again after the seconds in Retry-After.");

    public static readonly ProblemType CreditUnreachable = new(
        "credit-unreachable", 503, "The credit of this licence cannot be asked for right now.",
        "Try again after the seconds in Retry-After; nothing was charged.");

    public static readonly ProblemType FeedBehind = new(
        "gate-behind", 503, "This gate does not know yet what it must know to deliver.",
        "Try again after the seconds in Retry-After; nothing was charged.");

    public static readonly ProblemType TooManyPasses = new(
        "too-many-passes", 429, "This licence has opened as many passes as it may in a day.",
        "Go on with a pass that is open, send no 'Tally-Pass', or wait for the seconds in Retry-After; nothing was charged.");

    public static readonly ProblemType CutOffTooLong = new(
        "gate-cut-off", 503, "This gate has not heard from its server for too long.",
        "Try again later or use another gate; nothing was charged.");

    public static readonly ProblemType CannotMeter = new(
        "cannot-meter", 503, "This gate cannot record usage right now, so it delivers nothing.",
        "Try again after the seconds in Retry-After; nothing was charged.");

    public static readonly ProblemType ContentMissing = new(
        "content-missing", 503, "The content cannot be read right now.",
        "Try again after the seconds in Retry-After; nothing was charged.");

    public static readonly ProblemType RangeNotSatisfiable = new(
        "range-not-satisfiable", 416, "None of the requested bytes exist.",
        "Ask for bytes below the size in Content-Range.");

    public static readonly ProblemType RangeNotValid = new(
        "range-not-valid", 416, "What 'Range' says are no ranges of bytes, or too many.",
        "Ask as in 'Range: bytes=0-99,200-299', for 64 ranges at most, or without 'Range' for the whole; nothing was charged.");

    public static readonly ProblemType ContentNotTaken = new(
        "content-not-taken", 400, "A request for content has none of its own.",
        "Send GET or HEAD without a body; the connection was closed.");

    public static readonly ProblemType PreconditionFailed = new(
        "precondition-failed", 412, "The file is not the one that If-Match or If-Unmodified-Since names.",
        "Fetch it from the beginning, or without the condition.");

    public static readonly ProblemType MethodNotAllowed = new(
        "method-not-allowed", 405, "Content is read with GET or HEAD.",
        "Use a method that Allow names.");
}
