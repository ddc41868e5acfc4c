using System.Text.Json.Serialization;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Gates;

/// <summary>
/// The header that every call about an epoch carries: the token that was handed out with it. A gate's secret says which gate
/// speaks; only this says that it is the process which holds the epoch.
/// </summary>
public static class EpochTokenHeader
{
    /// <summary>Its name.</summary>
    public const string Name = "Tally-Epoch-Token";
}

/// <summary>
/// <c>POST /gate/v1/epochs</c>: who asks. An epoch belongs to one instance, which is a data folder: the same after a
/// restart, another when the folder is another one. As good as random, and shown to nobody.
/// </summary>
/// <param name="Instance">The instance, never the empty id.</param>
/// <param name="Ended">The epoch whose log goes on under the new number; null when a new log begins.</param>
public sealed record EpochRequest(
    Guid Instance,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EndedEpoch? Ended = null);

/// <summary>An epoch that its gate ends: nothing new is taken under it from then on.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="LeasesOf">Of its grant.</param>
/// <param name="Acknowledged">So many of its events were acknowledged to the gate, which keeps them no longer.</param>
public sealed record EndedEpoch(long Epoch, long LeasesOf, long Acknowledged);

/// <summary>Answer to <see cref="EpochRequest"/>.</summary>
/// <param name="Epoch">Higher than any before.</param>
/// <param name="GateId">The gate behind the credential: the emitter of its events.</param>
/// <param name="Token">Speaks for the epoch, as <see cref="EpochTokenHeader"/>. Told this once.</param>
/// <param name="LeasesOf">
/// Totals of leases go on from this epoch of the same log, so that what is leased and what is spent need no move.
/// </param>
/// <param name="EndedAt">Of the epoch that ended, the server has the events up to this number; null when it cannot tell.</param>
public sealed record EpochGrant(
    GateId GateId,
    long Epoch,
    string Token,
    long LeasesOf,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? EndedAt = null);

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
/// <param name="Fenced">Another holds this gate's epoch: whoever asks must not count on leases.</param>
/// <param name="Unknown">The server was restored to a time before this epoch: the gate needs another.</param>
public sealed record GateStanding(
    bool Fenced, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Unknown = false);

/// <summary>Who holds a gate's newest epoch.</summary>
/// <param name="Instance">The instance; null when nobody ever did.</param>
/// <param name="HeardAt">When it was last heard; null when it never was.</param>
/// <param name="Epoch">The newest epoch's number.</param>
/// <param name="IsInUse">Its token was shown: the grant did arrive.</param>
public readonly record struct EpochHolder(Guid? Instance, DateTimeOffset? HeardAt, long Epoch, bool IsInUse);

/// <summary>Who may have a gate's next epoch.</summary>
public static class EpochHolding
{
    /// <summary>
    /// A holder that was heard within this time is alive: it tells its state four times a minute. Within it a second process
    /// with the same secret, be it a copy of the settings or a thief, gets no epoch and the live gate is not fenced.
    /// </summary>
    public static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(90);

    /// <summary>
    /// True when the next epoch may go to <paramref name="asker"/>. The holder itself may have it, unless it names an epoch
    /// that another with the same instance went on from: of two copies of one folder the second must not fence the first.
    /// </summary>
    /// <param name="holder">Who holds the newest epoch.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="ended">The epoch that the asker ends; null for none.</param>
    /// <param name="now">The time.</param>
    public static bool MayHave(EpochHolder holder, Guid asker, long? ended, DateTimeOffset now) =>
        holder.Instance is null || holder.HeardAt is null || now - holder.HeardAt >= AliveFor ||
        (holder.Instance == asker && (ended is null || ended >= holder.Epoch || !holder.IsInUse));
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
