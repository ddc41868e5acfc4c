using Tallystick.Xrpl.Client;

namespace Tallystick.Xrpl.Submission;

/// <summary>Stores a record durably, replacing the one with the same id; returns after it is safe.</summary>
public delegate Task StoreSubmission(SubmissionRecord record, CancellationToken stop);

/// <summary>Signs the same transaction again, changed in nothing but fee and LastLedgerSequence (which the driver
/// checks field by field); null when the signer does not want to.</summary>
public delegate Task<SignedAttempt?> SignAgain(
    SubmissionRecord record, Drops fee, uint lastLedgerSequence, CancellationToken stop);

/// <summary>
/// Runs <see cref="SubmissionMachine"/> against a ledger. It keeps nothing of its own: stopped or killed at any
/// point, it goes on from the stored record.
/// </summary>
/// <param name="client">The view of the ledger; its agreement rules decide whom to believe.</param>
/// <param name="policy">What the caller allows.</param>
/// <param name="store">The caller's store.</param>
/// <param name="signAgain">The caller's signer.</param>
/// <param name="time">Clock of the pauses between ledgers.</param>
public sealed class SubmissionDriver(
    LedgerClient client, SubmissionPolicy policy, StoreSubmission store, SignAgain signAgain, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Takes a stored record to its outcome. May take as long as its window, and longer when no node can
    /// tell; never ends by guess.</summary>
    /// <param name="record">Must have been stored by the caller before this is called.</param>
    /// <param name="stop">Ends the run, not the submission.</param>
    public async Task<SubmissionOutcome> Run(SubmissionRecord record, CancellationToken stop)
    {
        policy.Validate();
        while (true)
        {
            var (next, outcome, idle) = await Advance(record, stop);
            record = next;
            if (outcome is not null) return outcome;
            if (idle) await Task.Delay(Pause, time, stop);
        }
    }

    /// <summary>
    /// One step: decide, act, store. Protocol:
    /// 1. read the agreed validated ledger and the fee; 2. decide; 3. act; 4. apply the event; 5. store.
    /// A crash between 3 and 5 repeats the act, which is harmless for every act there is.
    /// </summary>
    /// <returns>The record as stored, the outcome when there is one, and whether to wait before the next step.
    /// </returns>
    public async Task<(SubmissionRecord Record, SubmissionOutcome? Outcome, bool Idle)> Advance(
        SubmissionRecord record, CancellationToken stop)
    {
        // 1. Without a view of the ledger nothing can be decided.
        if (record.Outcome is { } known) return (record, known, false);
        uint ledger;
        try
        {
            ledger = await client.GetValidatedLedgerIndex(stop);
        }
        catch (NodeUnreachableException)
        {
            return (record, null, true);
        }
        var fee = await OpenLedgerFee(stop);

        // 2.
        var step = SubmissionMachine.Next(record, ledger, fee, policy);

        // 3.
        var seen = step switch
        {
            SubmissionStep.Send send => await Send(send.Attempt, ledger, stop),
            SubmissionStep.LookUp look => await LookUp(record, look, ledger, stop),
            SubmissionStep.Replace replace => await Replace(record, replace, stop),
            _ => null,
        };
        if (seen is null) return (record, null, true);

        // 4. and 5.
        var changed = SubmissionMachine.Apply(record, seen);
        if (changed != record) await store(changed, stop);
        return (changed, changed.Outcome, changed == record);
    }

    private async Task<Drops> OpenLedgerFee(CancellationToken stop)
    {
        try
        {
            return (await client.GetFee(stop)).OpenLedgerFee;
        }
        catch (Exception e) when (e is NodeRefusedException or NodeProtocolException or NodeUnreachableException)
        {
            // No quote: the next attempt at the old fee tells as much.
            return default;
        }
    }

    private async Task<SubmissionEvent> Send(SignedAttempt attempt, uint ledger, CancellationToken stop)
    {
        try
        {
            var answer = await client.Submit(attempt.Blob, stop);
            return new SubmissionEvent.Sent(ledger, answer.Result);
        }
        catch (NodeRefusedException e)
        {
            return new SubmissionEvent.Sent(ledger, new EngineResult(e.Error.Name));
        }
        catch (Exception e) when (e is NodeUnreachableException or NodeProtocolException)
        {
            // It may be on its way: the look-up after the next ledger tells.
            return new SubmissionEvent.Sent(ledger, null);
        }
    }

    private async Task<SubmissionEvent> LookUp(
        SubmissionRecord record, SubmissionStep.LookUp look, uint ledger, CancellationToken stop)
    {
        var complete = true;
        foreach (var attempt in record.Attempts)
        {
            var answer = await client.LookUp(attempt.Hash, look.From, look.To, stop);
            if (answer is TransactionLookup.Found found)
                return new SubmissionEvent.Found(
                    attempt.Hash, found.Transaction.Result, found.Transaction.LedgerIndex);
            complete &= answer is TransactionLookup.Absent;
        }
        return new SubmissionEvent.NotFound(ledger, look.From, look.To, complete);
    }

    private async Task<SubmissionEvent?> Replace(
        SubmissionRecord record, SubmissionStep.Replace replace, CancellationToken stop)
    {
        var attempt = await signAgain(record, replace.Fee, replace.LastLedgerSequence, stop);
        if (attempt is null) return null;
        if (attempt.Fee > policy.FeeCap || attempt.LastLedgerSequence > replace.LastLedgerSequence)
            throw new InvalidOperationException("the signer went beyond what it was asked to sign");
        // Two blobs that both can be applied would pay twice: nothing of the kind is ever stored or sent.
        if (attempt.Fault is { } fault) throw new InvalidOperationException($"the signer's answer is refused: {fault}");
        if (attempt.DifferenceFrom(record.Newest) is { } field)
            throw new InvalidOperationException($"the signer changed {field}, which a replacement must keep");
        return new SubmissionEvent.Replaced(attempt);
    }
}
