using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>An account was cleared: what waited for it is looked at now.</summary>
internal sealed class WakeBlockedPayouts(WakeUps wakeUps, TimeProvider clock) : IEventHandler<PayoutAccountUpdated>
{
    public static string Name => "payouts.wake_blocked";

    public async Task Handle(Tx tx, PayoutAccountUpdated occurred, CancellationToken stop)
    {
        await tx.Execute(
            "update payouts.payout set due_at = @Now where organisation_id = @OrganisationId and state in ('blocked', 'queued')",
            new { occurred.OrganisationId, Now = clock.GetUtcNow() });
        tx.AfterCommit(() => wakeUps.Wake(SendPayouts.Worker));
    }
}
