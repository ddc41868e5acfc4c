using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>What became of the shares of a purchase.</summary>
internal static class SaleShares
{
    /// <summary>
    /// Of a payee's share of a purchase, what is still held back: the operator's part of a new payee's, and the rule's, each until it
    /// is released.
    /// </summary>
    public static Task<long> HeldBack(Tx tx, PurchaseId purchase, OrganisationId payee) => tx.QueryOne<long>(
        $"""
        select coalesce(sum(
          case when {HeldShares.IsHeld("s.as_new_until")} then s.held_as_new else 0 end +
          case when {HeldShares.IsHeld("s.by_rule_until")} then s.held_back - s.held_as_new else 0 end), 0)::bigint
        from royalties.charge c join royalties.share s on s.charge_id = c.id
        where c.purchase_id = @purchase and s.payee = @payee
        """,
        new { purchase, payee });
}
