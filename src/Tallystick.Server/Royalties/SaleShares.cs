using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>What became of the shares of a purchase.</summary>
internal static class SaleShares
{
    /// <summary>
    /// Of a payee's share of a purchase, what is still held back: the operator's part of a new payee's until its day, the rule's as
    /// far as its run has something that was not released.
    /// </summary>
    public static Task<long> HeldBack(Tx tx, PurchaseId purchase, OrganisationId payee) => tx.QueryOne<long>(
        """
        select coalesce(sum(
          case when h.as_new then s.held_as_new else 0 end + least(s.held_back - s.held_as_new, h.by_rule)), 0)::bigint
        from royalties.charge c join royalties.share s on s.charge_id = c.id
        cross join lateral (
          select coalesce(bool_or(release_at = s.as_new_until), false) as as_new,
            coalesce(sum(minor) filter (where release_at is distinct from s.as_new_until), 0) as by_rule
          from royalties.holdback h
          where h.run_id = c.run_id and h.payee = s.payee and h.currency = c.currency and h.released_in is null) h
        where c.source_id = @purchase and s.payee = @payee
        """,
        new { purchase, payee });
}
