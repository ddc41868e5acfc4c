using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>What was paid is granted, also when the offer was withdrawn in between: the buyer saw it and paid.</summary>
internal sealed class GrantOnPurchase(Offers offers, GrantLicence grant) : IEventHandler<PurchasePaid>
{
    public static string Name => "licensing.grant";

    public async Task Handle(Tx tx, PurchasePaid occurred, CancellationToken stop)
    {
        var offer = await offers.Find(tx, occurred.OfferId)
            ?? throw new InvalidOperationException($"{occurred.PurchaseId} paid for {occurred.OfferId}, which does not exist.");
        await grant.Grant(tx, offer, occurred.Buyer, occurred.PurchaseId);
    }
}

/// <summary>The licence of a purchase. Events of one purchase may be handled out of order: a failure here is tried again.</summary>
internal static class PurchasedLicence
{
    public static async Task<LicenceId> Of(Tx tx, PurchaseId purchase) => await tx.QueryOne<LicenceId?>(
        "select id from licensing.licence where purchase_id = @purchase", new { purchase })
        ?? throw new InvalidOperationException($"The licence of {purchase} is not granted yet.");
}

/// <summary>All the money went back, so the right does.</summary>
internal sealed class RevokeOnRefund(ChangeStatus change) : IEventHandler<PurchaseRefunded>
{
    public static string Name => "licensing.revoke_refunded";

    public async Task Handle(Tx tx, PurchaseRefunded occurred, CancellationToken stop)
    {
        if (occurred.Full)
        {
            await change.End(tx, await PurchasedLicence.Of(tx, occurred.PurchaseId), "The purchase was refunded.");
        }
    }
}

/// <summary>
/// A contested payment suspends the right until the bank has decided, one that was taken back ends it, and one that stands after
/// all restores it. An event only says when to look: what is true is read from the disputes themselves, so that neither order
/// nor repetition of events can matter.
/// </summary>
internal sealed class FollowDisputes(ChangeStatus change)
{
    public async Task Handle(Tx tx, PurchaseId? purchase)
    {
        if (purchase is { } id)
        {
            await change.FollowDisputes(tx, await PurchasedLicence.Of(tx, id), async () => await Disputes.Of(tx, id) switch
            {
                DisputeStanding.Lost => (LicenceStatus.Invalid, "The payment was taken back by the buyer's bank."),
                DisputeStanding.Open => (LicenceStatus.Suspended, "The payment is disputed."),
                _ => (LicenceStatus.Valid, "The dispute ended; the payment stands."),
            });
        }
    }
}

internal sealed class SuspendOnDispute(FollowDisputes follow) : IEventHandler<DisputeOpened>
{
    public static string Name => "licensing.suspend_disputed";

    public Task Handle(Tx tx, DisputeOpened occurred, CancellationToken stop) => follow.Handle(tx, occurred.PurchaseId);
}

internal sealed class DecideOnDispute(FollowDisputes follow) : IEventHandler<DisputeClosed>
{
    public static string Name => "licensing.decide_disputed";

    public Task Handle(Tx tx, DisputeClosed occurred, CancellationToken stop) => follow.Handle(tx, occurred.PurchaseId);
}
