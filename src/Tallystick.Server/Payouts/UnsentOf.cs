using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payouts;

/// <summary>What a payee has in payouts of which nothing can have left.</summary>
internal static class UnsentOf
{
    /// <summary>
    /// Minor units. A payout of which something may have left is not among them, nor one that the gateway refused for good: nobody
    /// knows whether it is ever sent, and so whether a debt is ever taken out of it.
    /// </summary>
    public static Task<long> Locked(Tx tx, OrganisationId payee, Currency currency) => tx.QueryOne<long>(
        """
        select coalesce(sum(minor), 0)::bigint from (
          select minor from payouts.payout
          where organisation_id = @payee and currency = @currency and state in ('queued', 'blocked') and first_sent_at is null
          order by id for update) waiting
        """,
        new { payee, currency });
}
