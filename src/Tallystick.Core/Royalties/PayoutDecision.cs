namespace Tallystick.Core.Royalties;

/// <summary>Where a payout stands. The names are stored and never change.</summary>
public enum PayoutState
{
    /// <summary>Stored, nothing sent.</summary>
    Queued = 0,

    /// <summary>The request was stored as about to be sent: it may have been.</summary>
    Sending = 1,

    /// <summary>Sent, and no answer tells what became of it.</summary>
    Unknown = 2,

    /// <summary>The gateway has it.</summary>
    Paid = 3,

    /// <summary>The gateway refused it for good; the money stays in transit until the operator queues it again.</summary>
    Failed = 4,

    /// <summary>Not to be sent until the payee's account can receive.</summary>
    Blocked = 5,

    /// <summary>Nothing was left to send: all of it settled what the payee owed.</summary>
    Netted = 6,

    /// <summary>It was paid, and all of it was taken back at the gateway: it is owed again.</summary>
    Reversed = 7,

    /// <summary>The gateway says what cannot be: a person decides, and nothing is sent until then.</summary>
    SetAside = 8,
}

/// <summary>What of a payout is sent, and what settles a debt instead.</summary>
/// <param name="Sent">Minor units that go out.</param>
/// <param name="Settled">Minor units that stay and end as much of the debt.</param>
/// <param name="Kept">Minor units that are less than can be sent: payable again.</param>
public readonly record struct PayoutNet(long Sent, long Settled, long Kept);

/// <summary>What is known about a payout when somebody decides what to do with it.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="PayeeCanReceive">The payee's account at the gateway is cleared.</param>
/// <param name="Covered">The gateway's available balance covers it.</param>
/// <param name="FirstSent">When this attempt's key was first used, null when never.</param>
/// <param name="Now">The present.</param>
public readonly record struct PayoutFacts(
    PayoutState State, bool PayeeCanReceive, bool Covered, DateTimeOffset? FirstSent, DateTimeOffset Now);

/// <summary>What to do with a payout next.</summary>
public enum PayoutStep
{
    /// <summary>Nothing: it has ended.</summary>
    None = 0,

    /// <summary>Not now; look again later.</summary>
    Wait = 1,

    /// <summary>Mark as blocked until the payee's account is cleared.</summary>
    Block = 2,

    /// <summary>Back to the queue: what blocked it is gone.</summary>
    Unblock = 3,

    /// <summary>Send it under the key of this attempt.</summary>
    Send = 4,

    /// <summary>Ask the gateway whether it has it, by our own metadata.</summary>
    Ask = 5,
}

/// <summary>What to do after the gateway was asked and did not have the payout.</summary>
public enum AbsentStep
{
    /// <summary>Send again under the same key: within its life the gateway itself makes that harmless.</summary>
    ResendSameKey = 0,

    /// <summary>Neither the key nor a guess protects: look again later.</summary>
    Wait = 1,

    /// <summary>The key has long expired and the gateway still has nothing: a new attempt under a new key.</summary>
    NewAttempt = 2,
}

/// <summary>The rules by which no payout is ever sent twice.</summary>
public static class PayoutDecision
{
    /// <summary>How long the gateway promises to remember a key (Stripe: at least 24 hours).</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    /// <summary>How long before its end a key is no longer trusted: clocks differ and requests travel.</summary>
    public static readonly TimeSpan KeyMargin = TimeSpan.FromHours(1);

    /// <summary>What to do next.</summary>
    public static PayoutStep Next(PayoutFacts facts) => facts.State switch
    {
        PayoutState.Paid or PayoutState.Failed or PayoutState.Netted or PayoutState.Reversed or PayoutState.SetAside =>
            PayoutStep.None,
        // A crash while sending looks the same as a time-out: it may have arrived.
        PayoutState.Sending or PayoutState.Unknown => PayoutStep.Ask,
        PayoutState.Blocked => facts.PayeeCanReceive ? PayoutStep.Unblock : PayoutStep.Wait,
        PayoutState.Queued when !facts.PayeeCanReceive => PayoutStep.Block,
        PayoutState.Queued => facts.Covered ? PayoutStep.Send : PayoutStep.Wait,
        // A state that this version does not know must never fall into "pay out".
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.State, "This state of a payout is not known."),
    };

    /// <summary>
    /// What a queued payout still pays when its payee owes something by now: decided at the moment of sending, for a payout can
    /// wait for weeks. Never asked about one that may have left: its amount is then part of its key.
    /// </summary>
    /// <param name="minor">What is queued.</param>
    /// <param name="debt">What the payee owes; less than nothing is no debt.</param>
    /// <param name="step">What can be sent are multiples of this.</param>
    public static PayoutNet Net(long minor, long debt, long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        var settled = Math.Min(minor, Math.Max(0, debt));
        var kept = (minor - settled) % step;
        return new(minor - settled - kept, settled, kept);
    }

    /// <summary>What to do when the gateway, asked by our metadata, says that it has no such payout.</summary>
    public static AbsentStep WhenAbsent(DateTimeOffset firstSent, DateTimeOffset now) => (now - firstSent) switch
    {
        var age when age < KeyLife - KeyMargin => AbsentStep.ResendSameKey,
        var age when age < KeyLife + KeyMargin => AbsentStep.Wait,
        _ => AbsentStep.NewAttempt,
    };
}
