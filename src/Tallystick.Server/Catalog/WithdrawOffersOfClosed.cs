using Tallystick.Core.Ids;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A creator closed the account: nothing of theirs is sold any more. Works stay, for those who have licences.</summary>
internal sealed class WithdrawOffersOfClosed(Outbox outbox, TimeProvider clock) : IEventHandler<OrganisationClosed>
{
    public static string Name => "catalog.withdraw_offers_of_closed";

    public async Task Handle(Tx tx, OrganisationClosed occurred, CancellationToken stop)
    {
        var withdrawn = await tx.Query<Row>(
            "update catalog.offer set withdrawn_at = @Now where creator = @OrganisationId and withdrawn_at is null returning id, work_id",
            new { occurred.OrganisationId, Now = clock.GetUtcNow() });
        foreach (var offer in withdrawn)
        {
            await outbox.Publish(tx, new OfferWithdrawn(offer.Id, offer.WorkId));
        }
    }

    private sealed record Row(OfferId Id, WorkId WorkId);
}
