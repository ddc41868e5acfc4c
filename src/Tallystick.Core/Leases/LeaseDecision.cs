using Tallystick.Core.Offers;

namespace Tallystick.Core.Leases;

/// <summary>What is known about one licence and one meter when a gate asks for more.</summary>
/// <param name="GrantedTotal">All that any gate may deliver or has delivered under the licence.</param>
/// <param name="BilledTotal">Of that, what was billed already.</param>
/// <param name="Price">What a unit costs; null when this meter costs nothing.</param>
/// <param name="Most">The licence's limit on the meter, null for none.</param>
public readonly record struct LicenceCredit(long GrantedTotal, long BilledTotal, Price? Price, long? Most)
{
    /// <summary>
    /// Minor units of the wallet that nobody else may have: the most that all that was granted can cost, less the least
    /// that was drawn for what was billed. Each billing run rounds half to even and carries the rest, so what was drawn is
    /// within half a minor unit of the exact cost, and at an exact half the order of the runs decides to which side.
    /// The lower side is taken: a hold that is a cent too high ends with the next run, one too low overdraws the wallet.
    /// </summary>
    public long Held => Price is null ? 0 : Math.Max(0, checked(
        Price.Cost(GrantedTotal).Ceiling() - DrawnLeast(Price, BilledTotal)));

    // ceil(cost - 1/2), not below zero.
    private static long DrawnLeast(Price price, long quantity) => quantity == 0 ? 0 : checked(
        (long)(((2 * price.Cost(quantity).Numerator) + price.Per - 1) / (2 * (Int128)price.Per)));
}

/// <summary>How far a gate may go, and why not farther.</summary>
/// <param name="Extra">Units granted on top of what was granted before.</param>
/// <param name="Exhausted">Null when something was granted or nothing was needed.</param>
public readonly record struct LeaseStep(long Extra, string? Exhausted);

/// <summary>Decides on leases: never more than the licence allows, never more than the wallet covers.</summary>
public static class LeaseDecision
{
    /// <summary>The wallet covers no further unit.</summary>
    public const string WalletEmpty = "wallet_empty";

    /// <summary>The licence allows no further use.</summary>
    public const string UsesExhausted = "uses_exhausted";

    /// <summary>The licence is revoked, suspended, expired or not known.</summary>
    public const string NotActive = "not_active";

    /// <summary>Decides on one request.</summary>
    /// <param name="credit">The licence's state.</param>
    /// <param name="leased">What this gate was granted in this epoch so far.</param>
    /// <param name="spent">What this gate has delivered in this epoch.</param>
    /// <param name="wanted">How far it would like to go, a total like the two before.</param>
    /// <param name="available">Minor units of the wallet that are neither used nor held.</param>
    /// <param name="stepMost">Most units that one gate may hold undelivered.</param>
    public static LeaseStep Decide(
        LicenceCredit credit, long leased, long spent, long wanted, long available, long stepMost)
    {
        var goal = Math.Min(wanted, checked(Math.Max(spent, 0) + stepMost));
        var extra = goal - leased;
        if (extra <= 0)
        {
            return new LeaseStep(0, null);
        }

        if (credit.Most is { } most && extra > most - credit.GrantedTotal)
        {
            extra = Math.Max(0, most - credit.GrantedTotal);
            if (extra == 0)
            {
                return new LeaseStep(0, UsesExhausted);
            }
        }

        var covered = Covered(credit, available);
        return covered >= extra ? new LeaseStep(extra, null)
            : covered > 0 ? new LeaseStep(covered, null)
            : new LeaseStep(0, WalletEmpty);
    }

    /// <summary>
    /// Units beyond the granted ones whose cost, rounded up together with all before, the wallet still covers:
    /// the largest q with ceil((granted + q) × price) ≤ ceil(granted × price) + available.
    /// </summary>
    private static long Covered(LicenceCredit credit, long available)
    {
        if (credit.Price is not { } price || price.Amount.Minor == 0)
        {
            return long.MaxValue;
        }

        var budget = (Int128)price.Cost(credit.GrantedTotal).Ceiling() + Math.Max(0, available);
        var reach = checked(budget * price.Per / price.Amount.Minor);
        return (long)Int128.Clamp(reach - credit.GrantedTotal, 0, long.MaxValue);
    }
}
