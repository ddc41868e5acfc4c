using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Spool;

/// <summary>A unit that was used in a pass.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Pass">As in <see cref="UsageFacts.Pass"/>.</param>
public readonly record struct UseKey(UnitId Unit, ulong Pass);

/// <summary>A lease as it was last granted.</summary>
/// <param name="Total">Total that may be delivered in the epoch.</param>
/// <param name="ExpiresMs">Milliseconds since 1970 after which a connected gate asks again.</param>
public readonly record struct LeaseState(long Total, long ExpiresMs);

/// <summary>What a gate's log knows of one licence.</summary>
public sealed class LicenceTally
{
    private readonly Dictionary<UseKey, int> _uses = [];

    /// <summary>Nothing delivered yet.</summary>
    public LicenceTally(LicenceId licence) => LicenceId = licence;

    /// <summary>The licence.</summary>
    public LicenceId LicenceId { get; }

    /// <summary>Bytes in events of this epoch.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Uses in events of this epoch.</summary>
    public long Uses { get; internal set; }

    /// <summary>Lease of bytes.</summary>
    public LeaseState ByteLease { get; private set; }

    /// <summary>Lease of uses.</summary>
    public LeaseState UseLease { get; private set; }

    /// <summary>Uses that are remembered, with the day they were counted (days since 1970).</summary>
    public IReadOnlyDictionary<UseKey, int> UsesSeen => _uses;

    /// <summary>True when this use was counted before.</summary>
    public bool Used(UseKey use) => _uses.ContainsKey(use);

    /// <summary>It is among the tallies of the state: written with it and read back.</summary>
    internal bool IsKept { get; set; }

    /// <summary>Without a lease and without a use nothing depends on the totals either: they are what leases are counted by.</summary>
    internal bool IsEmpty => _uses.Count == 0 && (ByteLease, UseLease) == default;

    internal bool Remember(UseKey use, int day) => _uses.TryAdd(use, day);

    internal void Forget(UseKey use) => _uses.Remove(use);

    internal void Lease(Meter meter, LeaseState lease)
    {
        if (meter == Meter.BytesDelivered)
        {
            ByteLease = lease;
        }
        else
        {
            UseLease = lease;
        }
    }
}

/// <summary>A delivery that has begun and not ended.</summary>
public sealed class OpenDelivery(UsageFacts facts)
{
    /// <summary>Whose and what.</summary>
    public UsageFacts Facts { get; } = facts;

    /// <summary>Bytes flushed that stand in the log but in no event.</summary>
    public long Uncharged { get; internal set; }
}
