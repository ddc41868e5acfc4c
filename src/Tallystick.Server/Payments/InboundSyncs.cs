using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Which slice an event is a hint for.</summary>
internal sealed class InboundSyncs(
    SyncCheckout checkouts, SyncRefunds refunds, SyncDispute disputes, SyncPayoutAccount accounts)
{
    public Task<SyncResult> Dispatch(string type, StripeObject told, StripeObject subject, CancellationToken stop) => type switch
    {
        _ when type.StartsWith("checkout.session.", StringComparison.Ordinal) => checkouts.BySession(subject.Id, stop),
        _ when type.StartsWith("charge.dispute.", StringComparison.Ordinal) => disputes.ById(subject.Id, stop),
        "charge.refunded" or "charge.refund.updated" or "refund.created" or "refund.updated" or "refund.failed"
            when subject.Reference("payment_intent") is { } intent => refunds.ByPaymentIntent(intent, stop),
        "account.updated" => accounts.ByAccount(subject.Id, stop),
        // Its object is the application that was taken out; whose account it was stands beside it.
        "account.application.deauthorized" when told.Text("account") is { } account => accounts.ByAccount(account, stop),
        _ => Task.FromResult(SyncResult.Ignored("nothing to do for this type")),
    };
}
