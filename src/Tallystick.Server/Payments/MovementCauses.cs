using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Who knows what a movement was for: the slices that follow payments, refunds and disputes, and whoever sends transfers.</summary>
internal sealed class MovementCauses(
    ForeignPayments payments, SyncCheckout checkouts, SyncRefunds refunds, SyncDispute disputes, IEnumerable<TransferMatch> matches,
    IServiceProvider services)
{
    /// <summary>Brings what the movement belongs to to the gateway's state; that posts it, if it is ours.</summary>
    public async Task<SyncResult> Sync(StripeObject? source, CancellationToken stop)
    {
        if (source is not { } cause)
        {
            return SyncResult.Ignored("it names nothing that it belongs to");
        }

        if (cause.Reference("payment_intent") is not { } intent)
        {
            return SyncResult.Ignored("no payment of a checkout's stands behind it");
        }

        var result = cause.Text("object") switch
        {
            "dispute" => await disputes.ById(cause.Id, stop),
            "refund" => await refunds.ByPaymentIntent(intent, stop),
            _ => await Charged(intent, stop),
        };
        return result.IsFinal || await payments.IsForeign(intent, stop) != true
            ? result
            : SyncResult.Ignored("the payment is none of ours");
    }

    /// <summary>What a movement of transfers means is known to whoever sent them.</summary>
    public async Task<MovementResult> Match(Tx tx, TransferMovement moved)
    {
        foreach (var match in matches)
        {
            if (await match.Match(services, tx, moved) is { } result)
            {
                return result;
            }
        }

        return MovementResult.Unmatched("no payout of ours is this transfer");
    }

    private async Task<SyncResult> Charged(string intent, CancellationToken stop)
    {
        var outcome = await payments.SessionsOf(intent, stop);
        return outcome is not StripeOutcome.Done { Answer: var list } ? SyncResult.Unread(outcome, "payment")
            : list.Items("data").ToList() is [var session] ? await checkouts.BySession(session.Id, stop)
            : SyncResult.Ignored("no checkout asked for this payment");
    }
}
