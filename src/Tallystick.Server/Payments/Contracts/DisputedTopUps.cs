using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>
/// What banks have withdrawn of a wallet's payments and have not decided about. It stands in the wallet until they have, and
/// until then it is neither used nor given back by way of another payment: the buyer has it already.
/// </summary>
internal static class DisputedTopUps
{
    /// <summary>Minor units; a hold like any other (<see cref="WalletHold"/>).</summary>
    public static Task<long> Held(Tx tx, OrganisationId buyer, Currency currency) => tx.QueryOne<long>(
        """
        select coalesce(sum(disputed), 0)::bigint from payments.checkout
        where buyer = @buyer and kind = 'top_up' and currency = @currency and disputed > 0
        """,
        new { buyer, currency });

    /// <summary>The same of many buyers in one look; a wallet of which nothing is disputed is missing.</summary>
    public static async Task<IReadOnlyDictionary<(OrganisationId Buyer, Currency Currency), long>> HeldOf(
        Tx tx, IEnumerable<OrganisationId> buyers) => (await tx.Query<WalletRow>(
            """
            select buyer, currency, sum(disputed)::bigint as held from payments.checkout
            where buyer = any(@Buyers) and kind = 'top_up' and disputed > 0 group by buyer, currency
            """,
            new { Buyers = buyers.Distinct().Select(b => b.Value).ToArray() })).ToDictionary(r => (r.Buyer, r.Currency), r => r.Held);

    private sealed record WalletRow(OrganisationId Buyer, Currency Currency, long Held);
}
