using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>The bank has decided, perhaps otherwise than before.</summary>
internal sealed class BearLostDispute(BearDispute bear) : IEventHandler<DisputeClosed>
{
    public static string Name => "royalties.bear_lost_dispute";

    public Task Handle(Tx tx, DisputeClosed occurred, CancellationToken stop) => bear.Handle(tx, occurred.DisputeId);
}

/// <summary>What was decided is open once more.</summary>
internal sealed class BearReopenedDispute(BearDispute bear) : IEventHandler<DisputeOpened>
{
    public static string Name => "royalties.bear_reopened_dispute";

    public Task Handle(Tx tx, DisputeOpened occurred, CancellationToken stop) => bear.Handle(tx, occurred.DisputeId);
}
