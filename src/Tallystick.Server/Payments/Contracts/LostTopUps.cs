using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>
/// What a top-up lost after it had been used: a bank took it back, or the operator refunded in the gateway's dashboard more than the
/// wallet had.
/// </summary>
/// <param name="Minor">Of a dispute all that is lost, of a refund what the wallet lacked, in minor units.</param>
/// <param name="Name">The dispute's loss (<see cref="DisputeView.LossName"/>), or the refund.</param>
internal sealed record LostTopUp(
    Guid TopUpId, OrganisationId Buyer, Currency Currency, long Minor, string Name, bool IsRefund)
{
    public static LostTopUp Of(DisputeView dispute) =>
        new(dispute.CheckoutId, dispute.Buyer, dispute.Currency, dispute.Amount, dispute.LossName!, IsRefund: false);
}

/// <summary>Losses of top-ups as they stand now.</summary>
internal static class LostTopUps
{
    /// <summary>Those of these top-ups, locked: until the transaction ends none is undone.</summary>
    public static async Task<IReadOnlyList<LostTopUp>> Of(Tx tx, IReadOnlyList<Guid> topUps) =>
    [
        .. (await Disputes.LostOf(tx, topUps)).Select(LostTopUp.Of),
        .. await Refunded(tx, topUps, "order by r.id for no key update of r"),
    ];

    /// <summary>Of the same top-up, those beside this one.</summary>
    public static async Task<IReadOnlyList<LostTopUp>> Beside(Tx tx, LostTopUp lost)
    {
        var disputes = await Disputes.LossesOf(tx, lost.TopUpId);
        return
        [
            .. disputes.Select(LostTopUp.Of).Concat(await Refunded(tx, [lost.TopUpId], "order by r.id"))
                .Where(other => (other.Name, other.IsRefund) != (lost.Name, lost.IsRefund)),
        ];
    }

    private static Task<IReadOnlyList<LostTopUp>> Refunded(Tx tx, IReadOnlyList<Guid> topUps, string order) => tx.Query<LostTopUp>(
        $"""
        select c.id as top_up_id, c.buyer, c.currency, r.owed as minor, r.id as name, true as is_refund
        from payments.refund r join payments.checkout c on c.id = r.checkout_id
        where r.checkout_id = any(@TopUps) and c.kind = 'top_up' and r.owed > 0 and r.returned_at is null {order}
        """,
        new { TopUps = topUps.ToArray() });
}
