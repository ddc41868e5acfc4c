using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Tells payments of ours from those of other systems that share the account: every checkout of ours is stored before the gateway
/// hears of it, so that one which is not here is not ours.
/// </summary>
internal sealed class ForeignPayments(Database database, StripeGateway gateway)
{
    /// <summary>Whether the gateway says that a payment is none of ours; null when it cannot be asked.</summary>
    public async Task<bool?> IsForeign(string paymentIntent, CancellationToken stop)
    {
        var outcome = await SessionsOf(paymentIntent, stop);
        if (outcome is not StripeOutcome.Done { Answer: var list })
        {
            return outcome is StripeOutcome.Refused { IsAbsent: true } ? true : null;
        }

        foreach (var session in list.Items("data"))
        {
            if (await IsOurs(session.Text("client_reference_id"), stop))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The checkout that asked for a payment; a payment has one at most.</summary>
    public Task<StripeOutcome> SessionsOf(string paymentIntent, CancellationToken stop) => gateway.Get(
        "/v1/checkout/sessions", new StripeForm().Add("payment_intent", paymentIntent).Add("limit", 1), stop);

    private Task<bool> IsOurs(string? name, CancellationToken stop)
    {
        var id = PurchaseId.TryParse(name, null, out var purchase) ? purchase.Value
            : TopUpId.TryParse(name, null, out var topUp) ? topUp.Value : Guid.Empty;
        return database.QueryOne<bool>("select exists (select 1 from payments.checkout where id = @id)", new { id }, stop);
    }
}
