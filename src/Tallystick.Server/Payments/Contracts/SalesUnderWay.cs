using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A one-off sale that no run has shared yet.</summary>
/// <param name="PaidAt">Null while its buyer is at the gateway's pages.</param>
internal sealed record SaleUnderWay(WorkId WorkId, OrganisationId Creator, DateTimeOffset? PaidAt);

internal static class SalesUnderWay
{
    /// <summary>Those of a creator, and of these works whoever made them.</summary>
    public static Task<IReadOnlyList<SaleUnderWay>> Of(Tx tx, OrganisationId creator, IReadOnlyCollection<WorkId> works) =>
        tx.Query<SaleUnderWay>(
            """
            select distinct work_id, creator, paid_at from payments.checkout
            where kind = 'purchase' and shared_in is null and (creator = @creator or work_id = any(@Works))
              and (state in ('creating', 'open') or (state = 'paid' and gross - refunded - lost > 0))
            """,
            new { creator, Works = works.Select(w => w.Value).ToArray() });
}
