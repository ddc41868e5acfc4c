using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>What a licence was granted under.</summary>
/// <param name="FeeBasisPoints">
/// What the licence leaves to the platform: a whole less the creators' part that it states. Null when it was told by an older
/// version.
/// </param>
internal sealed record LicenceGrant(
    LicenceId LicenceId, OfferId OfferId, WorkId WorkId, OrganisationId Buyer, OrganisationId Creator,
    BuyerPseudonym Pseudonym, PurchaseId? PurchaseId, int? FeeBasisPoints);

/// <summary>Many licences at once, for those who bill them.</summary>
internal static class GrantedLicences
{
    /// <summary>Those of these that were ever granted here.</summary>
    public static Task<IReadOnlyList<LicenceGrant>> Of(Tx tx, IEnumerable<LicenceId> licences) => tx.Query<LicenceGrant>(
        """
        select id as licence_id, offer_id, work_id, buyer, creator, pseudonym, purchase_id,
          (10000 - round(royalty_percent::numeric * 100))::int as fee_basis_points
        from licensing.licence where id = any(@Ids)
        """,
        new { Ids = licences.Distinct().Select(l => l.Value).ToArray() });

    /// <summary>Those of these that have expired or were revoked for good by an instant. One that is suspended may come back.</summary>
    public static Task<IReadOnlyList<LicenceId>> Ended(Tx tx, IEnumerable<LicenceId> licences, DateTimeOffset at) =>
        tx.Query<LicenceId>(
            "select id from licensing.licence where id = any(@Ids) and (expires <= @at or status = @Revoked)",
            new { Ids = licences.Distinct().Select(l => l.Value).ToArray(), at, Revoked = (short)LicenceStatus.Invalid });
}
