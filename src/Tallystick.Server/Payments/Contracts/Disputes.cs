using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A dispute as it stands now.</summary>
/// <param name="State">warning, open, won or lost.</param>
/// <param name="Losses">How often it was lost so far.</param>
/// <param name="Uncovered">Of what is lost, what nothing that was still held for the payment covered.</param>
internal sealed record DisputeView(
    string Id, Guid CheckoutId, bool IsPurchase, OrganisationId Buyer, Currency Currency, long Amount, string State, int Losses,
    long Uncovered, BillingRunId? SharedIn)
{
    public bool IsLost => State == "lost";

    /// <summary>Under which the consequences of the latest loss are posted; null when it was never lost.</summary>
    public string? LossName => LossNameOf(Id, Losses);

    public static string? LossNameOf(string id, int losses) => losses switch
    {
        0 => null,
        1 => id,
        _ => $"{id}/{losses}",
    };
}

/// <summary>What the disputes about one payment come to.</summary>
internal enum DisputeStanding
{
    /// <summary>Nobody contests it, or only asks about it.</summary>
    None,

    /// <summary>A bank has withdrawn money and has not decided.</summary>
    Open,

    /// <summary>A bank has taken money back for good.</summary>
    Lost,
}

/// <summary>
/// Disputes as they stand, for those whom an event told that something changed: an event says when to look, never what is true.
/// </summary>
internal static class Disputes
{
    private const string Select =
        """
        select d.id, d.checkout_id, c.kind = 'purchase' as is_purchase, c.buyer, c.currency, d.amount, d.state, d.losses,
          d.uncovered, c.shared_in
        from payments.dispute d join payments.checkout c on c.id = d.checkout_id
        """;

    /// <summary>Locked: until the transaction ends it cannot be decided otherwise, nor be acted on by another.</summary>
    public static Task<DisputeView?> Locked(Tx tx, string id) =>
        tx.QueryOne<DisputeView>($"{Select} where d.id = @id for no key update of d", new { id });

    /// <summary>Those about these top-ups that are lost, in order, locked.</summary>
    public static Task<IReadOnlyList<DisputeView>> LostOf(Tx tx, IReadOnlyList<Guid> checkouts) => tx.Query<DisputeView>(
        $"{Select} where d.checkout_id = any(@Checkouts) and d.state = 'lost' order by d.id for no key update of d",
        new { Checkouts = checkouts.ToArray() });

    /// <summary>Those about one payment that are lost, not locked.</summary>
    public static Task<IReadOnlyList<DisputeView>> LossesOf(Tx tx, Guid checkout) =>
        tx.Query<DisputeView>($"{Select} where d.checkout_id = @checkout and d.state = 'lost' order by d.id", new { checkout });

    /// <summary>
    /// Payments about which a bank has not decided, or asks, or has decided and those who shared them have not acted on it yet.
    /// </summary>
    public static async Task<Guid[]> Pending(Tx tx) =>
        [.. await tx.Query<Guid>(
            "select distinct checkout_id from payments.dispute where state in ('open', 'warning') or not is_followed")];

    /// <summary>Those who shared the payment have acted on what its dispute is now.</summary>
    public static Task Followed(Tx tx, string id) =>
        tx.Execute("update payments.dispute set is_followed = true where id = @id and not is_followed", new { id });

    public static Task<DisputeStanding> Of(Tx tx, PurchaseId purchase) => tx.QueryOne<DisputeStanding>(
        """
        select (case when bool_or(state = 'lost') then 2 when bool_or(state = 'open') then 1 else 0 end)::int
        from payments.dispute where checkout_id = @Id
        """,
        new { Id = purchase.Value });
}
