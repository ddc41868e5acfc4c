using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A top-up that was paid.</summary>
/// <param name="Minor">What it brought and was not given back, in minor units: what use it can pay for.</param>
internal sealed record PaidTopUp(TopUpId TopUpId, OrganisationId Buyer, Currency Currency, long Minor);

/// <summary>What buyers topped up, for those who ask which payment paid for what.</summary>
internal static class TopUps
{
    /// <summary>All paid top-ups of some buyers, of each the oldest first.</summary>
    public static Task<IReadOnlyList<PaidTopUp>> PaidBy(Tx tx, IReadOnlyCollection<OrganisationId> buyers) =>
        tx.Query<PaidTopUp>(
            """
            select id as top_up_id, buyer, currency, gross - refunded as minor from payments.checkout
            where buyer = any(@Buyers) and kind = 'top_up' and state = 'paid' order by paid_at, id
            """,
            new { Buyers = buyers.Select(b => b.Value).ToArray() });
}
