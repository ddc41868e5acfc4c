using Tallystick.Server.Foundation;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>A payout was taken back: what it covered is covered by none, so that the next run pays it and traces lead to that one.</summary>
internal sealed class OweAgain : IEventHandler<PayoutReversed>
{
    public static string Name => "royalties.owe_again";

    public Task Handle(Tx tx, PayoutReversed occurred, CancellationToken stop) => tx.Execute(
        """
        update royalties.earning set payout_id = null where payout_id = @PayoutId;
        update royalties.holdback set payout_id = null where payout_id = @PayoutId;
        """,
        new { occurred.PayoutId });
}
