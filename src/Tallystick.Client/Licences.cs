using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>A licence. Its creator sees the pseudonym of the buyer and not the buyer.</summary>
/// <param name="Status"><c>valid</c>, <c>invalid</c> (ended for good) or <c>suspended</c>.</param>
/// <param name="MaxUses">Uses allowed; null for any number.</param>
/// <param name="Token">The signed licence, for its buyer only; null in lists.</param>
public sealed record Licence(
    LicenceId LicenceId, OfferId OfferId, WorkId WorkId, OrganisationId Creator, BuyerPseudonym Pseudonym, string Status,
    DateTimeOffset NotBefore, DateTimeOffset Expires, OrganisationId? Buyer = null, PurchaseId? PurchaseId = null,
    string? StatusReason = null, long? MaxUses = null, string? Token = null);

public sealed partial class TallyClient
{
    /// <summary>Gets a licence of a metered or free offer.</summary>
    /// <exception cref="TallyProblemException">The offer is paid once (<c>purchase-needed</c>) or not on sale.</exception>
    public Task<Licence> GetLicence(OfferId offer, CancellationToken stop) =>
        Post<Licence>("v1/licences", new { offer_id = offer }, stop);

    /// <summary>Licences held, or granted on one's own works; newest first.</summary>
    public Task<ListPage<Licence>> Licences(bool granted, string? after, CancellationToken stop) =>
        Get<ListPage<Licence>>(
            "v1/licences" + Query(("as", granted ? "creator" : "buyer"), ("limit", 200), ("after", after)), stop);

    /// <summary>A licence; its buyer gets the token with it.</summary>
    public Task<Licence> Licence(LicenceId licence, CancellationToken stop) =>
        Get<Licence>($"v1/licences/{licence}", stop);

    /// <summary>The licence that a paid purchase brought; null as long as it is being granted.</summary>
    public async Task<Licence?> LicenceOf(PurchaseId purchase, CancellationToken stop)
    {
        for (string? after = null; ;)
        {
            var page = await Licences(granted: false, after, stop);
            if (page.Items.FirstOrDefault(l => l.PurchaseId == purchase) is { } found)
            {
                return await Licence(found.LicenceId, stop);
            }

            if (page.Next is null)
            {
                return null;
            }

            after = page.Next;
        }
    }

    /// <summary>Ends a licence for good. Gates learn of it within seconds.</summary>
    public Task<Licence> Revoke(LicenceId licence, string reason, CancellationToken stop) =>
        Post<Licence>($"v1/licences/{licence}/revoke", new { reason }, stop);

    /// <summary>Another term for a metered or free licence.</summary>
    public Task<Licence> Renew(LicenceId licence, CancellationToken stop) =>
        Post<Licence>($"v1/licences/{licence}/renew", null, stop);
}
