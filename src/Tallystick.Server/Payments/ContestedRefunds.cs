using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// The gateway refuses the refund of a revoked licence because a bank contests the payment. That is no proof that the buyer has the
/// money: what was set aside stays so until the bank has decided.
/// </summary>
internal sealed class ContestedRefunds(Database database, StripeGateway gateway, SyncDispute disputes, RevocationRefundEnds revocations,
    TimeProvider clock)
{
    /// <summary>Banks contest one payment once or twice.</summary>
    private const int DisputesMost = 100;

    /// <summary>
    /// 1 Take over what the gateway knows of it. 2 What is contested, or cannot be told, waits under another name: the gateway would
    /// repeat its refusal of this one. 3 What the bank left with us and the card does not take is the buyer's wallet's.
    /// </summary>
    public async Task<SyncResult> Settle(CheckoutRow row, CancellationToken stop)
    {
        // 1
        var question = new StripeForm().Add("payment_intent", row.PaymentIntent).Add("limit", DisputesMost);
        if (await gateway.Get("/v1/disputes", question, stop) is not StripeOutcome.Done done)
        {
            return SyncResult.NotYet("the gateway could not be asked");
        }

        var known = 0;
        foreach (var dispute in done.Answer.Items("data"))
        {
            await disputes.ById(dispute.Id, stop);
            known++;
        }

        return await database.InTransaction(
            async tx =>
            {
                var contested = await tx.QueryOne<bool>(
                    "select disputed > 0 from payments.checkout where id = @Id for update", new { row.Id });
                // 2
                if (contested || known == 0)
                {
                    await RefundPurchase.SetWish(tx, row, clock.GetUtcNow());
                    return SyncResult.NotYet("a bank contests it");
                }

                // 3
                if (await RefundPurchase.SetWish(tx, row, null) == 1)
                {
                    await revocations.Refused(tx, row, buyerHasIt: false);
                }

                return SyncResult.Done("the bank has decided");
            },
            stop);
    }
}
