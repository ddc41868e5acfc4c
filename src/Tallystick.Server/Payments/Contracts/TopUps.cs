using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A top-up that was paid.</summary>
/// <param name="Minor">
/// What use it can pay for, in minor units: what it brought, less what was refunded, less what a bank took of it before it was
/// used. What was used and then taken counts: it paid for that use, and is the buyer's debt.
/// </param>
internal sealed record PaidTopUp(TopUpId TopUpId, OrganisationId Buyer, Currency Currency, long Minor);

/// <summary>What of a buyer's top-ups has paid debts, in minor units: it can pay for no use.</summary>
internal sealed record DebtPaid(OrganisationId Buyer, Currency Currency, long Minor);

/// <summary>What buyers topped up, for those who ask which payment paid for what.</summary>
internal static class TopUps
{
    /// <summary>All paid top-ups of some buyers, of each the oldest first.</summary>
    public static Task<IReadOnlyList<PaidTopUp>> PaidBy(Tx tx, IReadOnlyCollection<OrganisationId> buyers) =>
        tx.Query<PaidTopUp>(
            """
            select c.id as top_up_id, c.buyer, c.currency,
              (c.gross - c.refunded
                + coalesce((select sum(r.owed) from payments.refund r where r.checkout_id = c.id and r.returned_at is null), 0)
                - coalesce((select sum(d.amount - d.owed) from payments.dispute d
                    where d.checkout_id = c.id and d.state = 'lost'), 0))::bigint as minor
            from payments.checkout c
            where c.buyer = any(@Buyers) and c.kind = 'top_up' and c.state = 'paid' order by c.paid_at, c.id
            """,
            new { Buyers = buyers.Select(b => b.Value).ToArray() });

    /// <summary>What was collected of what these buyers owed, less what went back.</summary>
    public static Task<IReadOnlyList<DebtPaid>> DebtsPaidBy(Tx tx, IReadOnlyCollection<OrganisationId> buyers) =>
        tx.Query<DebtPaid>(
            "select buyer, currency, minor from payments.debt_collected where buyer = any(@Buyers) and minor > 0",
            new { Buyers = buyers.Select(b => b.Value).ToArray() });
}
