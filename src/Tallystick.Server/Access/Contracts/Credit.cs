using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access.Contracts;

/// <summary>What was billed of a licence.</summary>
/// <param name="Quantity">In the meter's unit, in this run.</param>
internal sealed record BilledUsage(LicenceId LicenceId, Meter Meter, long Quantity);

/// <summary>Holds on wallets, as those who move the money need them.</summary>
internal sealed class Credit
{
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
}
