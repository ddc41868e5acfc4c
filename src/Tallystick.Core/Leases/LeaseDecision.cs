using Tallystick.Core.Offers;

namespace Tallystick.Core.Leases;

/// <summary>What is known about one licence and one meter when a gate asks for more.</summary>
/// <param name="GrantedTotal">All that any gate may deliver or has delivered under the licence.</param>
/// <param name="BilledTotal">Of that, what was billed already.</param>
/// <param name="Price">What a unit costs; null when this meter costs nothing.</param>
/// <param name="Most">The licence's limit on the meter, null for none.</param>
public readonly record struct LicenceCredit(long GrantedTotal, long BilledTotal, Price? Price, long? Most)
{
    /// <summary>Granted, whether delivered or not, and not billed yet. Never negative.</summary>
    public long Outstanding => Math.Max(0, checked(GrantedTotal - BilledTotal));

    /// <summary>
    /// Minor units of the wallet that nobody else may draw: the most that what is outstanding can cost. What rounding left
    /// over of what was billed is no part of it: a remainder belongs to the buyer, the creator and the price together, and is
    /// held where it is kept. The database computes the same (<c>access.credit.held</c>), so that a sum needs no rows.
    /// </summary>
    public long Held => Price is null ? 0 : Price.Cost(Outstanding).Ceiling();
}

/// <summary>One gate's question. All four are totals of the gate's epoch, in the meter's unit.</summary>
/// <param name="Leased">What it was granted so far.</param>
/// <param name="Spent">What it has delivered.</param>
/// <param name="Wanted">How far it would like to go.</param>
/// <param name="Needed">How far the deliveries that wait for the answer go; null when the gate does not tell: all that it wants.</param>
public readonly record struct LeaseAsk(long Leased, long Spent, long Wanted, long? Needed = null);

/// <summary>How far a gate may go, and why not farther.</summary>
/// <param name="Extra">Units granted on top of what was granted before.</param>
/// <param name="Exhausted">Null when what was needed is granted, or when more may be had by asking again.</param>
public readonly record struct LeaseStep(long Extra, string? Exhausted);

/// <summary>
/// Decides on leases: never more than the licence allows, never more than the wallet covers, and of either no more than a
/// share beyond what is needed now. A gate that took all of a small wallet ahead would keep the buyer's other licences, and
/// the same licence at other gates, from money that nobody is using.
/// </summary>
public static class LeaseDecision
{
    /// <summary>The wallet covers no further unit.</summary>
    public const string WalletEmpty = "wallet_empty";

    /// <summary>The licence allows no further use.</summary>
    public const string UsesExhausted = "uses_exhausted";

    /// <summary>The licence is revoked, suspended, expired or not known.</summary>
    public const string NotActive = "not_active";

    /// <summary>
    /// Ahead of need a gate holds at most one part in this many of what it holds undelivered and what is left together.
    /// A quarter leaves room for others, and a wallet is still used up in few questions.
    /// </summary>
    public const int AheadParts = 4;

    /// <summary>Decides on one question.</summary>
    /// <param name="credit">The licence's state.</param>
    /// <param name="ask">What the gate asks.</param>
    /// <param name="available">Minor units of the wallet that are neither used nor held.</param>
    /// <param name="stepMost">Most units that one gate may hold undelivered.</param>
    public static LeaseStep Decide(LicenceCredit credit, LeaseAsk ask, long available, long stepMost)
    {
        var spent = Math.Max(ask.Spent, 0);
        var more = Math.Min(ask.Wanted, checked(spent + stepMost)) - ask.Leased;
        if (more <= 0)
        {
            return new LeaseStep(0, null);
        }

        var uses = credit.Most is { } most ? Math.Max(0, most - credit.GrantedTotal) : long.MaxValue;
        var covered = Covered(credit, available);
        var left = Math.Min(uses, covered);
        var extra = Math.Min(more, left);
        if (ask.Needed is { } needed)
        {
            var goal = Math.Max(needed, checked(spent + Ahead(Math.Max(0, ask.Leased - spent), left)));
            extra = Math.Clamp(goal - ask.Leased, 0, extra);
        }

        var isShort = left == 0 || (extra == left && ask.Leased + extra < ask.Needed);
        return new LeaseStep(extra, isShort ? (uses <= covered ? UsesExhausted : WalletEmpty) : null);
    }

    /// <summary>
    /// What stays granted when a gate gives a lease back: what it says was delivered, and never less than what arrived of
    /// it. A return that does not name the newest answer about the lease takes nothing back: a question overtook it, and
    /// the gate counts on the answer to that question.
    /// </summary>
    /// <param name="granted">What the gate was granted so far.</param>
    /// <param name="isNewest">The return names the newest answer.</param>
    /// <param name="spent">What the gate says it has delivered.</param>
    /// <param name="arrived">What its events say that it has delivered.</param>
    public static long Keep(long granted, bool isNewest, long spent, long arrived) =>
        isNewest ? Math.Min(granted, Math.Max(spent, arrived)) : granted;

    // At least one unit, so that a gate which asks ahead of a nearly empty wallet makes progress.
    private static long Ahead(long undelivered, long left) =>
        (long)Int128.Clamp(((Int128)undelivered + left) / AheadParts, 1, long.MaxValue / 2);

    /// <summary>
    /// Units beyond the outstanding ones whose cost, rounded up together with theirs, the wallet still covers:
    /// the largest q with ceil((outstanding + q) × price) ≤ ceil(outstanding × price) + available. Holds round up one by one,
    /// so that their sum may pass the wallet: then less than nothing is available, and the rounding of this hold gives way.
    /// </summary>
    private static long Covered(LicenceCredit credit, long available)
    {
        if (credit.Price is not { } price || price.Amount.Minor == 0)
        {
            return long.MaxValue;
        }

        var budget = Int128.Max(0, (Int128)credit.Held + available);
        var reach = checked(budget * price.Per / price.Amount.Minor);
        return (long)Int128.Clamp(reach - credit.Outstanding, 0, long.MaxValue);
    }
}
