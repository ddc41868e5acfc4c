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

    public async Task Handle(Tx tx, LicenceGranted occurred, CancellationToken stop)
    {
        var offer = await offers.Find(tx, occurred.OfferId)
            ?? throw new InvalidOperationException($"{occurred.LicenceId} was granted for {occurred.OfferId}, which does not exist.");
        await tx.Execute(
            """
            insert into royalties.licence (
              licence_id, offer_id, work_id, title, buyer, creator, pseudonym, purchase_id, meter, price_minor, currency, per)
            values (
              @LicenceId, @OfferId, @WorkId, @Title, @Buyer, @Creator, @Pseudonym, @PurchaseId, @Meter, @Minor, @Currency, @Per)
            on conflict (licence_id) do nothing
            """,
            new
            {
                occurred.LicenceId, occurred.OfferId, occurred.WorkId, offer.Title, occurred.Buyer, occurred.Creator,
                occurred.Pseudonym, PurchaseId = occurred.PurchaseId?.Value, Meter = (int)offer.Price.Meter,
                offer.Price.Amount.Minor, offer.Price.Amount.Currency, offer.Price.Per,
            });
    }
}
