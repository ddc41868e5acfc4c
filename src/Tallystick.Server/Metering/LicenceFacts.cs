using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// Learns what usage of a licence is compared with: whose it is, of which work, and which of its meters need a lease. None of
/// it ever changes, so what is known is not asked for again; what is not known is asked for each time it is reported, because
/// a licence that was granted a moment ago is used before any event about it has been handled.
/// </summary>
internal sealed class LicenceFacts(Offers offers)
{
    public async Task Learn(Tx tx, IReadOnlyCollection<LicenceId> licences)
    {
        var found = licences.Count == 0 ? [] : await Licences.Find(tx, licences);
        if (found.Count == 0)
        {
            return;
        }

        var prices = new Dictionary<OfferId, Price>();
        foreach (var offer in found.Select(l => l.OfferId).Distinct())
        {
            prices[offer] = (await offers.Find(tx, offer))?.Price
                ?? throw new InvalidOperationException($"A licence names {offer}, which is not there.");
        }

        await tx.Execute(
            """
            insert into metering.licence (licence_id, work_id, buyer, creator, pseudonym, paid_meter, limits_uses)
            select * from unnest(@Ids, @Works, @Buyers, @Creators, @Pseudonyms, @Meters, @Limits)
            on conflict (licence_id) do update set
              pseudonym = excluded.pseudonym, paid_meter = excluded.paid_meter, limits_uses = excluded.limits_uses
            """,
            new
            {
                Ids = found.Select(l => l.LicenceId.Value).ToArray(),
                Works = found.Select(l => l.WorkId.Value).ToArray(),
                Buyers = found.Select(l => l.Buyer.Value).ToArray(),
                Creators = found.Select(l => l.Creator.Value).ToArray(),
                Pseudonyms = found.Select(l => l.Pseudonym.Value).ToArray(),
                Meters = found.Select(l => prices[l.OfferId] is { Amount.Minor: > 0 } price ? (short)price.Meter : (short)0).ToArray(),
                Limits = found.Select(l => l.MaxUses is not null).ToArray(),
            });
    }
}
