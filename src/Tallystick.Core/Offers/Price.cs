using Tallystick.Core.Amounts;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Offers;

/// <summary>
/// <c>amount per N units</c>. <see cref="Meter.None"/> with <c>Per</c> 1 is a price paid once; 5 cents per 1 000 000
/// of <see cref="Meter.BytesDelivered"/> is a price per megabyte.
/// </summary>
/// <param name="Amount">Minor units, positive (zero for a free offer paid once).</param>
/// <param name="Meter">What is counted.</param>
/// <param name="Per">How many of the meter's units <paramref name="Amount"/> buys.</param>
public sealed record Price(Money Amount, Meter Meter, long Per)
{
    /// <summary>True when the price is paid once, before delivery.</summary>
    public bool IsOneOff => Meter == Meter.None;

    /// <summary>What <paramref name="quantity"/> of the meter costs, exactly.</summary>
    public ExactAmount Cost(long quantity) => checked(new ExactAmount((Int128)quantity * Amount.Minor, Per));

    /// <summary>For people: <c>0.05 USD per MB</c>.</summary>
    public override string ToString() => (Meter, Per) switch
    {
        (Meter.None, _) => $"{Amount}, once",
        (Meter.BytesDelivered, 1_000_000) => $"{Amount} per MB",
        (Meter.BytesDelivered, _) => $"{Amount} per {Per} bytes",
        (Meter.SegmentUnlocked, 1) => $"{Amount} per shard and pass",
        (Meter.SegmentUnlocked, _) => $"{Amount} per {Per} shards and pass",
        _ => $"{Amount} per {Per} {Meter}",
    };
}
