namespace Tallystick.Core.Gates;

/// <summary>
/// <c>POST /gate/v1/epochs</c>: who asks. An epoch belongs to one instance, which is a data folder: the same after a
/// restart, another when the folder is another one. As good as random, and shown to nobody.
/// </summary>
/// <param name="Instance">The instance, never the empty id.</param>
public sealed record EpochRequest(Guid Instance);

/// <summary><c>POST /gate/v1/state</c>: how a gate is, at every change and four times a minute.</summary>
/// <param name="Instance">As in <see cref="EpochRequest"/>.</param>
/// <param name="Epoch">Under which it counts; 0 before the first.</param>
/// <param name="Reasons">Why it is not ready, in words for an operator; empty when it is.</param>
/// <param name="EventsWaiting">Events that the server has not acknowledged.</param>
/// <param name="EventsSetAside">Events that the server refused one by one: they lie in the gate's folder.</param>
public sealed record GateState(
    Guid Instance, long Epoch, IReadOnlyList<string> Reasons, long EventsWaiting, long EventsSetAside)
{
    /// <summary>More reasons than this are not taken.</summary>
    public const int ReasonsMost = 20;

    /// <summary>A reason has at most so many characters.</summary>
    public const int ReasonMost = 500;
}

/// <summary>Answer to <see cref="GateState"/>.</summary>
/// <param name="Fenced">Another instance holds this gate's epoch: whoever asks must not count on leases.</param>
public sealed record GateStanding(bool Fenced);

/// <summary>Who may have a gate's next epoch.</summary>
public static class EpochHolding
{
    /// <summary>
    /// A holder that was heard within this time is alive: it tells its state four times a minute. Within it a second process
    /// with the same secret, be it a copy of the settings or a thief, gets no epoch and the live gate is not fenced.
    /// </summary>
    public static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(90);

    /// <summary>True when the epoch may go to <paramref name="asker"/>.</summary>
    /// <param name="holder">Who holds the newest epoch; null when nobody ever did.</param>
    /// <param name="heardAt">When the holder was last heard; null when it never was.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="now">The time.</param>
    public static bool MayHave(Guid? holder, DateTimeOffset? heardAt, Guid asker, DateTimeOffset now) =>
        holder is null || holder == asker || heardAt is null || now - heardAt >= AliveFor;
}

/// <summary>
/// Whether what a gate has is a beginning of what the server has. The server gives its feed a new generation at every start
/// and remembers where the one before it ended; numbers of different generations say nothing of each other.
/// </summary>
public static class FeedContinuity
{
    /// <summary>True when the entries after <paramref name="after"/> are all that a gate lacks.</summary>
    /// <param name="isKnown">The generation that the gate names is one of this feed.</param>
    /// <param name="endedAt">The number at which the next generation began; null while it is the newest.</param>
    /// <param name="head">The feed's newest number.</param>
    /// <param name="after">The newest number that the gate has.</param>
    public static bool Holds(bool isKnown, long? endedAt, long head, long after) =>
        after == 0 || (isKnown && after <= head && (endedAt is null || after <= endedAt));
}
