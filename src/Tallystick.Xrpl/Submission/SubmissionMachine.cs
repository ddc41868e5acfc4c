using Tallystick.Xrpl.Client;

namespace Tallystick.Xrpl.Submission;

/// <summary>What to do next. The driver does it and reports with an event; nothing else has effects.</summary>
public abstract record SubmissionStep
{
    private SubmissionStep()
    {
    }

    /// <summary>Send this stored blob. Repeating it is harmless: same blob, same sequence.</summary>
    public sealed record Send(SignedAttempt Attempt) : SubmissionStep;

    /// <summary>Ask for every attempt whether it is in a validated ledger of this range.</summary>
    public sealed record LookUp(uint From, uint To) : SubmissionStep;

    /// <summary>Sign the same transaction again with at least this fee, store it, then send it.</summary>
    public sealed record Replace(Drops Fee, uint LastLedgerSequence) : SubmissionStep;

    /// <summary>Nothing to do until a ledger newer than this one is validated.</summary>
    public sealed record Wait(uint AfterLedger) : SubmissionStep;

    /// <summary>It is over.</summary>
    public sealed record Done(SubmissionOutcome Outcome) : SubmissionStep;
}

/// <summary>What the driver saw.</summary>
public abstract record SubmissionEvent
{
    private SubmissionEvent()
    {
    }

    /// <summary>The blob was sent, with the preliminary answer, or null when no answer came.</summary>
    public sealed record Sent(uint ValidatedLedger, EngineResult? Preliminary) : SubmissionEvent;

    /// <summary>A new blob was signed with the same sequence or ticket.</summary>
    public sealed record Replaced(SignedAttempt Attempt) : SubmissionEvent;

    /// <summary>An attempt stands in a validated ledger, confirmed by as many nodes as the client needs.</summary>
    public sealed record Found(Hash256 Hash, EngineResult Result, uint LedgerIndex) : SubmissionEvent;

    /// <summary>Every attempt was looked up and none was found.</summary>
    /// <param name="ValidatedLedger">The newest validated ledger of the nodes that answered, read before.</param>
    /// <param name="From">First ledger that was searched.</param>
    /// <param name="To">Last ledger that was searched.</param>
    /// <param name="Complete">Each answer said <c>searched_all</c> for exactly this range, and the nodes hold it.</param>
    public sealed record NotFound(uint ValidatedLedger, uint From, uint To, bool Complete) : SubmissionEvent;
}

/// <summary>
/// Reliable submission as two pure functions: same record and view, same step.
/// <list type="number">
/// <item>Blob and hash are stored before they are sent; LastLedgerSequence is always set.</item>
/// <item>No preliminary result is final, whatever its family: not tes, not tem, not tefPAST_SEQ.</item>
/// <item>Success and failure are read from a validated ledger only.</item>
/// <item>Failure by absence needs a validated ledger past every LastLedgerSequence and a complete search.</item>
/// <item>A fee too low is answered by a replacement on the same sequence, up to the cap.</item>
/// </list>
/// </summary>
public static class SubmissionMachine
{
    /// <summary>The next step.</summary>
    /// <param name="submission">The stored record.</param>
    /// <param name="validatedLedger">The agreed newest validated ledger.</param>
    /// <param name="openLedgerFee">What entry into the open ledger costs now.</param>
    /// <param name="policy">What the caller allows.</param>
    public static SubmissionStep Next(
        SubmissionRecord submission, uint validatedLedger, Drops openLedgerFee, SubmissionPolicy policy)
    {
        if (submission.Outcome is { } outcome) return new SubmissionStep.Done(outcome);

        // Look before sending: what is found needs no second send, and one look a ledger is enough.
        var lookedUp = submission.LookedUpAtLedger is { } at && at >= validatedLedger;
        if (!lookedUp && validatedLedger > submission.SignedAfterLedger)
            return new SubmissionStep.LookUp(
                submission.SignedAfterLedger + 1, Math.Min(validatedLedger, submission.LastLedger));

        // Past the last ledger nothing may be sent or signed: only a complete search ends it.
        if (validatedLedger >= submission.LastLedger) return new SubmissionStep.Wait(validatedLedger);

        if (MayReplace(submission, validatedLedger, policy)
            && Replacement(submission, openLedgerFee, policy) is { } fee)
            return new SubmissionStep.Replace(fee, LastLedgerFor(submission, validatedLedger, policy));

        var sentNow = submission.SentAtLedger is { } sent && sent >= validatedLedger;
        return sentNow || validatedLedger >= submission.Newest.LastLedgerSequence
            ? new SubmissionStep.Wait(validatedLedger)
            : new SubmissionStep.Send(submission.Newest);
    }

    /// <summary>The record after an event; what it does not change stays as it is.</summary>
    /// <exception cref="InvalidOperationException">The event contradicts the record: a defect, never a refusal.
    /// </exception>
    public static SubmissionRecord Apply(SubmissionRecord submission, SubmissionEvent seen)
    {
        if (submission.Outcome is not null) return submission;
        return seen switch
        {
            SubmissionEvent.Sent sent => submission with
            {
                SentAtLedger = sent.ValidatedLedger,
                Preliminary = sent.Preliminary ?? submission.Preliminary,
            },
            SubmissionEvent.Replaced replaced => Add(submission, replaced.Attempt),
            SubmissionEvent.Found found => Settle(submission, found),
            SubmissionEvent.NotFound absent => Absent(submission, absent),
            _ => throw new InvalidOperationException($"unknown event {seen.GetType().Name}"),
        };
    }

    private static SubmissionRecord Add(SubmissionRecord submission, SignedAttempt attempt)
    {
        if (attempt.Fee <= submission.Newest.Fee)
            throw new InvalidOperationException("a replacement offers a higher fee");
        if (attempt.LastLedgerSequence - submission.SignedAfterLedger > SubmissionPolicy.LedgerWindowMax)
            throw new InvalidOperationException("the window is longer than a node searches in one look-up");
        if (submission.Attempts.Any(a => a.Hash == attempt.Hash)) return submission;
        return submission with
        {
            Attempts = submission.Attempts.Add(attempt),
            Preliminary = null,
            SentAtLedger = null,
        };
    }

    private static SubmissionRecord Settle(SubmissionRecord submission, SubmissionEvent.Found found)
    {
        if (submission.Attempts.All(a => a.Hash != found.Hash))
            throw new InvalidOperationException("the hash found is none of ours");
        // Only tes and tec ever stand in a validated ledger; anything else is a node talking nonsense.
        if (found.Result.Class is not (EngineResultClass.Success or EngineResultClass.Claimed)) return submission;
        return submission with
        {
            Outcome = new SubmissionOutcome.Validated(found.Hash, found.Result, found.LedgerIndex),
        };
    }

    private static SubmissionRecord Absent(SubmissionRecord submission, SubmissionEvent.NotFound absent)
    {
        var last = submission.LastLedger;
        var final = absent.Complete
            && absent.ValidatedLedger >= last
            && absent.From <= submission.SignedAfterLedger + 1
            && absent.To >= last;
        return submission with
        {
            LookedUpAtLedger = absent.ValidatedLedger,
            Outcome = final
                ? new SubmissionOutcome.NeverApplied(absent.From, absent.To, submission.Preliminary)
                : null,
        };
    }

    /// <summary>Only a result that says "too cheap" is answered by a higher fee, and only with room to apply it.</summary>
    private static bool MayReplace(SubmissionRecord submission, uint validatedLedger, SubmissionPolicy policy) =>
        submission.Preliminary?.Name is "telINSUF_FEE_P" or "telCAN_NOT_QUEUE_FULL" or "telCAN_NOT_QUEUE_FEE"
            or "telCAN_NOT_QUEUE" or "terQUEUED"
        && submission.Attempts.Length < policy.AttemptsMax
        && validatedLedger + 2 <= LastLedgerFor(submission, validatedLedger, policy);

    /// <summary>The fee of a replacement, or null when it would not help or not be allowed. A queue takes a
    /// replacement only at a quarter more than what it replaces (rippled's retry_sequence_percent).</summary>
    private static Drops? Replacement(SubmissionRecord submission, Drops openLedgerFee, SubmissionPolicy policy)
    {
        var paid = submission.Newest.Fee;
        if (openLedgerFee <= paid) return null;
        var dearer = new Drops(checked(paid.Value + paid.Value / 4 + 1));
        var fee = openLedgerFee > dearer ? openLedgerFee : dearer;
        return fee <= policy.FeeCap ? fee : null;
    }

    /// <summary>A replacement gets a new window, as far as one look-up can still search the whole range.</summary>
    private static uint LastLedgerFor(SubmissionRecord submission, uint validatedLedger, SubmissionPolicy policy) =>
        Math.Max(submission.LastLedger, Math.Min(
            validatedLedger + policy.LedgerWindow, submission.SignedAfterLedger + SubmissionPolicy.LedgerWindowMax));
}
