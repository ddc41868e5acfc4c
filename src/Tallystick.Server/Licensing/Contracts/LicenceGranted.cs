using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>A buyer got a licence; <paramref name="PurchaseId"/> is null when usage is paid from the wallet.</summary>
internal sealed record LicenceGranted(
    LicenceId LicenceId,
    OfferId OfferId,
    WorkId WorkId,
    OrganisationId Buyer,
    OrganisationId Creator,
    BuyerPseudonym Pseudonym,
    PurchaseId? PurchaseId) : IEvent
{
    public static string Type => "licence.granted";

    string IEvent.Key => LicenceId.ToString();
}
