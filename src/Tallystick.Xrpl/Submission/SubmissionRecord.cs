using System.Collections.Immutable;
using Tallystick.Xrpl.Client;

namespace Tallystick.Xrpl.Submission;

/// <summary>
/// One intention to change the ledger, with every blob that was ever signed for it. This record is the caller's to
/// store, whole, before anything is sent: after a crash it is all that is needed to find out what happened.
/// </summary>
/// <remarks>All attempts share one sequence number or ticket, so that the ledger itself admits at most one of them.
/// Every stored attempt counts as possibly sent: a crash between storing and sending cannot be told apart.</remarks>
public sealed record SubmissionRecord
{
    /// <summary>The caller's key of the intention, for example a payout's id. One key, one submission.</summary>
    public required string Id { get; init; }

    /// <summary>The agreed validated ledger when the first attempt was signed. No attempt is in an older ledger.</summary>
    public required uint SignedAfterLedger { get; init; }

    /// <summary>Everything signed so far, oldest first. Never empty, never shrinks.</summary>
    public required ImmutableArray<SignedAttempt> Attempts { get; init; }

    /// <summary>How it ended, or null while it is open.</summary>
    public SubmissionOutcome? Outcome { get; init; }

    /// <summary>The newest preliminary result, for people and for the choice of the fee; proof of nothing.</summary>
    public EngineResult? Preliminary { get; init; }

    /// <summary>The validated ledger at which the newest attempt was last sent, or null.</summary>
    public uint? SentAtLedger { get; init; }

    /// <summary>The validated ledger at which all attempts were last looked up without finding one, or null.</summary>
    public uint? LookedUpAtLedger { get; init; }

    /// <summary>The attempt that is sent; older ones can still win while they wait in a queue.</summary>
    public SignedAttempt Newest => Attempts[^1];

    /// <summary>After this validated ledger no attempt can be applied any more.</summary>
    public uint LastLedger => Attempts.Max(a => a.LastLedgerSequence);

    /// <summary>The record to store before the first send.</summary>
    /// <param name="id">The caller's key.</param>
    /// <param name="first">The first signed blob.</param>
    /// <param name="validatedLedger">The agreed validated ledger, read before signing.</param>
    /// <exception cref="ArgumentException">The blob can never be applied, its window is unbounded, or it is not what
    /// the attempt says of it.</exception>
    public static SubmissionRecord Prepare(string id, SignedAttempt first, uint validatedLedger)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (first.Fault is { } fault) throw new ArgumentException(fault);
        if (first.LastLedgerSequence <= validatedLedger)
            throw new ArgumentException("LastLedgerSequence lies in the past");
        if (first.LastLedgerSequence - validatedLedger > SubmissionPolicy.LedgerWindowMax)
            throw new ArgumentException("the window is longer than a node searches in one look-up");
        return new() { Id = id, SignedAfterLedger = validatedLedger, Attempts = [first] };
    }
}

/// <summary>How a submission ended. There are exactly these two ways, both final.</summary>
public abstract record SubmissionOutcome
{
    private SubmissionOutcome()
    {
    }

    /// <summary>An attempt is in a validated ledger: applied (<c>tes</c>) or fee taken and nothing else
    /// (<c>tec</c>). What was delivered must be read from the metadata: tesSUCCESS alone is not payment.</summary>
    public sealed record Validated(Hash256 Hash, EngineResult Result, uint LedgerIndex) : SubmissionOutcome
    {
        /// <summary>The transaction did what it says.</summary>
        public bool Applied => Result.Class == EngineResultClass.Success;
    }

    /// <summary>No attempt is in any ledger up to the last that could hold one; the complete range was searched.
    /// The intention may be taken up again under a new key.</summary>
    public sealed record NeverApplied(uint SearchedFrom, uint SearchedTo, EngineResult? LastPreliminary)
        : SubmissionOutcome;
}

/// <summary>What the caller allows.</summary>
public sealed record SubmissionPolicy
{
    /// <summary>rippled searches at most this many ledgers for one transaction.</summary>
    public const uint LedgerWindowMax = 1000;

    /// <summary>Ledgers an attempt stays valid; one is closed every three to five seconds.</summary>
    public uint LedgerWindow { get; init; } = 20;

    /// <summary>Never offer more than this, however busy the ledger is.</summary>
    public Drops FeeCap { get; init; } = new(5_000);

    /// <summary>Blobs signed for one submission at most.</summary>
    public int AttemptsMax { get; init; } = 6;

    /// <summary>Throws when a limit makes no sense.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (LedgerWindow is < 3 or > LedgerWindowMax / 4)
            throw new ArgumentException($"LedgerWindow is 3 to {LedgerWindowMax / 4}");
        if (FeeCap < new Drops(10)) throw new ArgumentException("FeeCap is at least the base fee of 10");
        if (AttemptsMax is < 1 or > 100) throw new ArgumentException("AttemptsMax is 1 to 100");
    }
}
