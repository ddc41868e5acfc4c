using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>A buyer got a licence; <paramref name="PurchaseId"/> is null when usage is paid from the wallet.</summary>
/// <param name="FeeBasisPoints">
/// What it leaves to the platform for as long as it lives, whatever is set later; null in events of older versions.
/// </param>
internal sealed record LicenceGranted(
    LicenceId LicenceId,
    OfferId OfferId,
    WorkId WorkId,
    OrganisationId Buyer,
    OrganisationId Creator,
    BuyerPseudonym Pseudonym,
    PurchaseId? PurchaseId,
    int? FeeBasisPoints = null) : IEvent
{
    public static string Type => "licence.granted";

    string IEvent.Key => LicenceId.ToString();
}
