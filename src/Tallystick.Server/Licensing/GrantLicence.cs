using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>Makes a licence from an offer. Called by those who know that it was paid for, or that usage will be.</summary>
internal sealed class GrantLicence(
    Pseudonyms pseudonyms, Outbox outbox, LogReceipts receipts, CreatorsPart part, IdSource ids)
{
    private const int ListEntries = 1 << 17;

    /// <summary>The licence of a purchase is granted once: a repetition answers null and changes nothing.</summary>
    public async Task<LicenceId?> Grant(Tx tx, OfferView offer, OrganisationId buyer, PurchaseId? purchase)
    {
        var id = ids.New<LicenceId>();
        var pseudonym = await pseudonyms.Of(tx, buyer, offer.Creator);
        var now = ids.Now;
        var (list, index) = await NextEntry(tx, now);
        var granted = await tx.Execute(
            """
            insert into licensing.licence (id, offer_id, work_id, buyer, creator, pseudonym, purchase_id, rights_scope,
              transforms, max_uses, royalty_percent, terms_hash, valid_days, granted_at, not_before, expires, list, index)
            values (@id, @OfferId, @WorkId, @buyer, @Creator, @pseudonym, @Purchase, @Rights, @Transforms, @MaxUses,
              @RoyaltyPercent, @TermsHash, @ValidDays, @now, @now, @Expires, @list, @index)
            on conflict (purchase_id) do nothing
            """,
            new
            {
                id,
                offer.OfferId,
                offer.WorkId,
                buyer,
                offer.Creator,
                pseudonym,
                Purchase = purchase?.Value,
                Rights = offer.Terms.RightsScope.ToArray(),
                Transforms = offer.Terms.Transforms.ToArray(),
                offer.Terms.MaxUses,
                RoyaltyPercent = part.Percent,
                TermsHash = offer.Terms.Hash,
                offer.Terms.ValidDays,
                now,
                Expires = now.AddDays(offer.Terms.ValidDays),
                list,
                index,
            });
        if (granted == 0)
        {
            return null;
        }

        await receipts.Append(
            tx,
            ReceiptKind.LicenceGranted,
            id.ToString(),
            new JsonObject
            {
                ["licence_id"] = id.ToString(),
                ["offer_id"] = offer.OfferId.ToString(),
                ["offer_hash"] = offer.Hash,
                ["work_id"] = offer.WorkId.ToString(),
                ["terms"] = offer.Terms.Hash,
                ["pseudonym"] = pseudonym.ToString(),
                ["granted_at"] = now.ToUnixTimeSeconds(),
            },
            [buyer, offer.Creator]);
        await outbox.Publish(tx, new LicenceGranted(
            id, offer.OfferId, offer.WorkId, buyer, offer.Creator, pseudonym, purchase, part.FeeBasisPoints));
        return id;
    }

    private static async Task<(int List, int Index)> NextEntry(Tx tx, DateTimeOffset now)
    {
        // The newest list hands out its entries in order; a full one is followed by the next. The row is the lock.
        await tx.Execute(
            "insert into licensing.status_list (number, next_index, changed_at) values (1, 0, @now) on conflict do nothing",
            new { now });
        var taken = await tx.QueryOne<Entry>(
            """
            update licensing.status_list set next_index = next_index + 1
            where number = (select max(number) from licensing.status_list) returning number, next_index - 1 as index
            """);
        if (taken!.Index < ListEntries)
        {
            return (taken.Number, taken.Index);
        }

        await tx.Execute(
            "insert into licensing.status_list (number, next_index, changed_at) values (@Next, 1, @now)",
            new { Next = taken.Number + 1, now });
        return (taken.Number + 1, 0);
    }

    private sealed record Entry(int Number, int Index);
}

/// <summary>The creators' part of a price as licences state it: what the operator's fee leaves.</summary>
/// <param name="Percent">A decimal text without needless digits: <c>90</c>, <c>87.5</c>.</param>
/// <param name="FeeBasisPoints">The fee itself.</param>
internal sealed record CreatorsPart(string Percent, int FeeBasisPoints)
{
    private const int BasisPoints = 10_000;

    public static CreatorsPart AfterFee(int feeBasisPoints) => new(
        ((BasisPoints - feeBasisPoints) / 100m).ToString("0.##", CultureInfo.InvariantCulture), feeBasisPoints);
}
