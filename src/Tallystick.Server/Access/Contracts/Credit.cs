using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access.Contracts;

/// <summary>What was billed of a licence.</summary>
/// <param name="Quantity">In the meter's unit, in this run.</param>
internal sealed record BilledUsage(LicenceId LicenceId, Meter Meter, long Quantity);

/// <summary>
/// Holds on wallets, as those who move the money need them. A hold belongs to one licence: it is what the licence's usage
/// that was granted to gates and is not billed yet can cost at most, whether delivered, on its way, acknowledged, or in a
/// log that is lost. Nothing but that licence's own charges may draw it. So, with the wallet locked:
/// <list type="bullet">
/// <item>free = balance − all holds on the wallet (every <c>WalletHold</c>, of which <see cref="Held"/> is one);</item>
/// <item>what a licence used in this run, with what rounding carried into it, draws at most its own hold + that carry's
/// hold + what is free, if that is positive;</item>
/// <item>what an earlier run could not collect is no hold and draws what is free only: its own licence's hold, too, is
/// for what gates may still deliver;</item>
/// <item>after <see cref="Settle"/> in the same transaction the hold is smaller by what was billed.</item>
/// </list>
/// Nobody raises a hold without the wallet's lock (the account <c>buyer_prepaid</c> of <c>Books</c>): what is read under it
/// can only become less until the transaction ends.
/// </summary>
internal sealed class Credit
{
    /// <summary>Minor units of a wallet that leases of any licence hold.</summary>
    public static Task<long> Held(Tx tx, OrganisationId buyer, Currency currency) => tx.QueryOne<long>(
        """
        select least(coalesce(sum(held), 0), 4611686018427387904)::bigint from access.credit
        where buyer = @buyer and currency = @currency and granted_total <> billed_total
        """,
        new { buyer, currency });

    /// <summary>The same of many wallets in one look; one that has no hold is missing.</summary>
    public async Task<IReadOnlyDictionary<(OrganisationId Buyer, Currency Currency), long>> HeldOf(
        Tx tx, IReadOnlyCollection<(OrganisationId Buyer, Currency Currency)> wallets) => (await tx.Query<WalletRow>(
            """
            select c.buyer, c.currency, least(sum(c.held), 4611686018427387904)::bigint as held
            from unnest(@Buyers, @Currencies) w (buyer, currency)
            join access.credit c on c.buyer = w.buyer and c.currency = w.currency
            where c.granted_total <> c.billed_total group by c.buyer, c.currency
            """,
            new
            {
                Buyers = wallets.Distinct().Select(w => w.Buyer.Value).ToArray(),
                Currencies = wallets.Distinct().Select(w => w.Currency.Code).ToArray(),
            })).ToDictionary(r => (r.Buyer, r.Currency), r => r.Held);

    /// <summary>Minor units that each licence's own leases hold, all its meters together; one without a hold is missing.</summary>
    public async Task<IReadOnlyDictionary<LicenceId, long>> HeldBy(Tx tx, IReadOnlyCollection<LicenceId> licences) =>
        (await tx.Query<LicenceRow>(
            """
            select licence_id, least(sum(held), 4611686018427387904)::bigint as held from access.credit
            where licence_id = any(@Ids) and granted_total <> billed_total group by licence_id
            """,
            new { Ids = licences.Select(l => l.Value).ToArray() })).ToDictionary(r => r.LicenceId, r => r.Held);

    /// <summary>
    /// Turns held quantity into billed quantity. In the transaction that draws the wallet down, so that the same money is
    /// never both drawn and held. Usage without a lease (a policy let it pass) counts as granted from here on.
    /// </summary>
    public Task Settle(Tx tx, IReadOnlyList<BilledUsage> billed) => tx.Execute(
        """
        update access.credit c
        set billed_total = c.billed_total + b.quantity,
          granted_total = greatest(c.granted_total, c.billed_total + b.quantity)
        from unnest(@Licences, @Meters, @Quantities) b (licence_id, meter, quantity)
        where c.licence_id = b.licence_id and c.meter = b.meter
        """,
        new
        {
            Licences = billed.Select(b => b.LicenceId.Value).ToArray(),
            Meters = billed.Select(b => (short)b.Meter).ToArray(),
            Quantities = billed.Select(b => b.Quantity).ToArray(),
        });

    private sealed record WalletRow(OrganisationId Buyer, Currency Currency, long Held);

    private sealed record LicenceRow(LicenceId LicenceId, long Held);
}
