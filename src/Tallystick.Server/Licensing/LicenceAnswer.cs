using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>A licence on the wire. A creator sees the buyer's pseudonym and not the buyer; only the buyer sees the token.</summary>
/// <param name="Refund">What its creator gives back: when it was just revoked, and, to the creator, if it were revoked now.</param>
internal sealed record LicenceAnswer(
    LicenceId LicenceId,
    OfferId OfferId,
    WorkId WorkId,
    OrganisationId? Buyer,
    OrganisationId Creator,
    BuyerPseudonym Pseudonym,
    LicenceStatus Status,
    string? StatusReason,
    DateTimeOffset NotBefore,
    DateTimeOffset Expires,
    long? MaxUses,
    PurchaseId? PurchaseId,
    string? Token,
    Money? Refund = null)
{
    public static LicenceAnswer Of(LicenceView view, Caller caller, string? token) => new(
        view.LicenceId,
        view.OfferId,
        view.WorkId,
        ForBuyer(view.Buyer, caller),
        view.Creator,
        view.Pseudonym,
        view.Status,
        view.StatusReason,
        view.NotBefore,
        view.Expires,
        view.MaxUses,
        // What was paid for it is the buyer's business.
        ForBuyer(view.Buyer, caller) is null ? null : view.PurchaseId,
        token);

    public static LicenceAnswer Of(StoredLicence stored, Caller caller, string? token) => new(
        stored.Id,
        stored.OfferId,
        stored.WorkId,
        ForBuyer(stored.Buyer, caller),
        stored.Creator,
        stored.Pseudonym,
        stored.Status,
        null,
        stored.NotBefore,
        stored.Expires,
        stored.MaxUses,
        PurchaseId: null,
        token);

    private static OrganisationId? ForBuyer(OrganisationId buyer, Caller caller) =>
        caller.Organisation == buyer || caller.IsOperator ? buyer : null;
}
