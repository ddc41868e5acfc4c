using Tallystick.Client;

namespace Tallystick.Cli;

/// <summary>
/// What to do after a refusal, at a terminal. Where the server's own advice names members, headers or routes, the command
/// stands here; all other advice is the server's.
/// </summary>
internal static class NextStep
{
    private const string Later = "Run the same command again later.";
    private const string LaterNothingCharged = "Run the same command again later; nothing was charged.";

    public static string? After(TallyProblemException refused) => refused.Kind switch
    {
        "internal" => refused.Problem["trace_id"] is { } trace
            ? $"Run the same command again; if it goes on, report it with the trace id {trace}."
            : "Run the same command again; if it goes on, report it.",
        "unavailable" or "too-many-requests" or "too-many-connections" or "offer-not-here-yet" => Later,
        "forbidden" => "Act as a profile whose key has that scope or role (--as NAME); 'tally whoami' shows what a key may do.",
        "conflict" => "Look how it stands now, then decide again.",
        "unsupported-media-type" or "wrong-host" => "Check the address of the server (--server): it answers otherwise than this command expects.",
        "budget-spent" => "Wait, then run the same command again; the operator of the server sets how much is allowed.",
        "gate-granted-most" => "Run the same command again later; the operator was told.",

        "email-in-use" => "Use another address, or save a key of that organisation with 'tally login'.",
        "too-many-api-keys" => "See them with 'tally keys list' and end one with 'tally keys revoke KEY'.",

        "draft-exists" =>
            "If another 'tally publish' of this work is running, wait for it. Else see what was left with 'tally draft files WORK', " +
            "drop it with 'tally draft discard WORK', and run the same command again.",
        "unstorable-name" => "Rename what is named above, or move it out of the folder, then run the same command again.",
        "content-differs" => "The files or the draft changed meanwhile, and nothing was published: run the same command again.",
        "storage-full" => "Drop drafts that are not needed with 'tally draft discard WORK', or ask the operator for more.",
        "content-mismatch" => "A file changed while it was sent: run the same command again.",
        "upload-offset" or "upload-busy" => "Another command is sending the same file, or has just ended: run the same command again in a moment.",
        "upload-protocol" => "The server is of another release than this command: use one of the same.",
        "too-many-uploads" => "Let other publishes end, then run the same command again; what broke off and was left ends by itself within a day.",
        "work-not-published" => "Publish it with 'tally publish FOLDER --work WORK', then offer it.",

        "purchase-needed" => "Buy it with 'tally buy OFFER'.",
        "not-on-sale" or "offer-not-on-sale" => "See what is on sale with 'tally work WORK'.",
        "too-many-licences" => "Use one that you hold: 'tally licences' lists them.",
        "licence-ended" => "Get a new one: 'tally work WORK' shows the offers, then 'tally buy OFFER'.",
        "revocation-not-covered" => "Revoke it when that much is owed to you, or ask the operator, who was told.",

        "idempotency-key-reused" => "Give another --key, or leave it out.",
        "checkout-refused" => "Change what is named above and run the command again.",
        "not-refundable" => "Only what was paid can be given back, inside its refund window.",
        "wallet-not-refundable" => "Ask for at most what 'tally wallet' shows as available; what is held is free again some minutes after the last use.",
        "debt-open" => "Top up at least what 'tally wallet' shows that you owe: 'tally top-up AMOUNT'.",
        "payment-provider-unavailable" => "See with 'tally wallet' whether it was begun; if not, run the same command again later.",
        "payee-not-agreed" => "They are invited now: 'tally invitations list --sent' shows how each stands. Set the rule again once they have accepted.",
        "nothing-payable" => "See what was earned and what is held back with 'tally statement'; ask again when there is more.",
        "payout-account-not-ready" => "See what it lacks with 'tally payout-account', or open one with 'tally payout-account --country US' (your country).",
        "billing-run-open" => "Wait until it is closed ('tally billing-run --list' shows it), then run the next.",
        "usage-not-sealed" or "receipt-pending" => "Run the same command again in a moment.",
        "set-aside-action-unknown" => "'tally set-aside ID' shows its actions.",

        "licence-required" => "'tally work WORK' shows the offers; buy one with 'tally buy OFFER'.",
        "wallet-empty" => "Top it up with 'tally top-up AMOUNT --wait', then run the same command again: it goes on where it stopped.",
        "licence-not-valid" or "licence-key-unknown" =>
            "Fetch its token again with 'tally licence LICENCE --out FILE', of the server that issued it; if it is seconds old, just run the command again.",
        "licence-expired" => "Renew it with 'tally renew LICENCE', or buy another.",
        "licence-not-yet-valid" => "Wait until it begins; if it should have, the clock of the gate or of the issuer is wrong.",
        "licence-wrong-work" => "Name a licence of this work: 'tally licences' lists those you hold.",
        "scope-not-granted" => "Buy a licence that allows it: 'tally work WORK' shows the offers.",
        "too-many-passes" => "Go on with a --pass that is open, or leave --pass out; nothing was charged.",
        "credit-unreachable" or "gate-behind" or "cannot-meter" or "content-missing" => LaterNothingCharged,
        "range-not-satisfiable" or "precondition-failed" => "The file has changed: run the same command again.",
        "method-not-allowed" or "content-not-taken" => "Is --gate the address of a gate? What is there does not answer as one.",
        _ => refused.WhatToDo,
    };
}
