namespace Tallystick.Core.Access;

/// <summary>
/// How much of one meter may still be delivered under one licence at one gate. Granted and spent are totals of the
/// gate's epoch; what is reserved is on its way and comes back if it was not delivered.
/// </summary>
public struct LeasedQuantity : IEquatable<LeasedQuantity>
{
    /// <summary>Total that the server granted.</summary>
    public long Granted { get; private set; }

    /// <summary>Total that was delivered.</summary>
    public long Spent { get; private set; }

    /// <summary>Set aside for deliveries that run.</summary>
    public long Reserved { get; private set; }

    /// <summary>What nobody has set aside; negative when a lease was replayed that is smaller than what was spent.</summary>
    public readonly long Available => checked(Granted - Spent - Reserved);

    /// <summary>Takes up totals that were replayed.</summary>
    public static LeasedQuantity Replayed(long granted, long spent) => new() { Granted = granted, Spent = spent };

    /// <summary>A grant is a total, so the same answer twice changes nothing; a late one never takes back.</summary>
    public void Grant(long total) => Granted = Math.Max(Granted, total);

    /// <summary>Gives back what nobody needs: afterwards only what is spent or on its way is granted.</summary>
    public void Return() => Granted = Math.Min(Granted, checked(Spent + Reserved));

    /// <summary>Sets <paramref name="quantity"/> aside; false, and nothing changes, when that is more than is left.</summary>
    public bool TryReserve(long quantity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        if (quantity > Available)
        {
            return false;
        }

        Reserved += quantity;
        return true;
    }

    /// <summary>Of what was set aside, <paramref name="delivered"/> was delivered and <paramref name="released"/> was not.</summary>
    public void Settle(long delivered, long released)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(delivered);
        ArgumentOutOfRangeException.ThrowIfNegative(released);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checked(delivered + released), Reserved);
        Reserved -= delivered + released;
        Spent = checked(Spent + delivered);
    }

    /// <inheritdoc/>
    public readonly bool Equals(LeasedQuantity other) =>
        (Granted, Spent, Reserved) == (other.Granted, other.Spent, other.Reserved);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is LeasedQuantity other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Granted, Spent, Reserved);

    /// <summary>Same totals.</summary>
    public static bool operator ==(LeasedQuantity left, LeasedQuantity right) => left.Equals(right);

    /// <summary>Other totals.</summary>
    public static bool operator !=(LeasedQuantity left, LeasedQuantity right) => !left.Equals(right);
}
