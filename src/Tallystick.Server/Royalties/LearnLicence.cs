using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Keeps what billing must know of each licence. Offers never change and licences never change their offer, so a copy
/// cannot be out of date, and a run of a million events asks nobody.
/// </summary>
internal sealed class LearnLicence(Offers offers) : IEventHandler<LicenceGranted>
{
    public static string Name => "royalties.learn_licence";

    public Task Handle(Tx tx, LicenceGranted occurred, CancellationToken stop) => Learn(
        tx,
        new LicenceGrant(
            occurred.LicenceId, occurred.OfferId, occurred.WorkId, occurred.Buyer, occurred.Creator, occurred.Pseudonym,
            occurred.PurchaseId, occurred.FeeBasisPoints));

    /// <summary>Also by a run that meets a licence before its event has come.</summary>
    public async Task Learn(Tx tx, LicenceGrant licence)
    {
        var offer = await offers.Find(tx, licence.OfferId)
            ?? throw new InvalidOperationException($"{licence.LicenceId} was granted for {licence.OfferId}, which does not exist.");
        await tx.Execute(
            """
            insert into royalties.licence (
              licence_id, offer_id, work_id, title, buyer, creator, pseudonym, purchase_id, meter, price_minor, currency, per,
              fee_basis_points)
            values (
              @LicenceId, @OfferId, @WorkId, @Title, @Buyer, @Creator, @Pseudonym, @PurchaseId, @Meter, @Minor, @Currency, @Per,
              @FeeBasisPoints)
            on conflict (licence_id) do nothing
            """,
            new
            {
                licence.LicenceId, licence.OfferId, licence.WorkId, offer.Title, licence.Buyer, licence.Creator,
                licence.Pseudonym, PurchaseId = licence.PurchaseId?.Value, Meter = (int)offer.Price.Meter,
                offer.Price.Amount.Minor, offer.Price.Amount.Currency, offer.Price.Per, licence.FeeBasisPoints,
            });
    }

    /// <summary>Reads the fee of licences that were granted before it was kept from what they state.</summary>
    public static async Task Fees(Tx tx, IReadOnlyList<Core.Ids.LicenceId> licences)
    {
        if (licences.Count == 0)
        {
            return;
        }

        var granted = await GrantedLicences.Of(tx, licences);
        await tx.Execute(
            """
            update royalties.licence l set fee_basis_points = u.fee from unnest(@Ids, @Fees) u (id, fee)
            where l.licence_id = u.id and l.fee_basis_points is null
            """,
            new
            {
                Ids = granted.Select(g => g.LicenceId.Value).ToArray(),
                Fees = granted.Select(g => g.FeeBasisPoints!.Value).ToArray(),
            });
    }
}
