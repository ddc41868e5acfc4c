using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Takes over every refund of a payment that the gateway has made, also those made in its own dashboard, and those that the
/// bank sends back after they had succeeded.
/// </summary>
internal sealed class SyncRefunds(
    Database database, StripeGateway gateway, TakeRefund take, RevocationRefundEnds revocations, Outbox outbox,
    WalletRefundParts parts, TimeProvider clock)
{
    /// <summary>As many as the gateway tells at once.</summary>
    private const int PageSize = 100;

    /// <summary>Ten thousand refunds of one payment: more is nothing that a person or a program of ours asked for.</summary>
    private const int PagesMost = 100;

    public async Task<SyncResult> ByPaymentIntent(string paymentIntent, CancellationToken stop)
    {
        if (await All(paymentIntent, stop) is not { } all)
        {
            return SyncResult.NotYet("the gateway could not be asked");
        }

        var paid = all.Where(r => r.Text("status") == "succeeded" && r.Object("balance_transaction") is not null).ToList();
        var ended = all.Where(r => r.Text("status") is "failed" or "canceled").ToList();
        return await database.InTransaction(
            async tx =>
            {
                foreach (var refund in ended)
                {
                    await parts.Drop(tx, TakeRefund.Name(refund), Reason(refund));
                }

                return await Apply(tx, paymentIntent, paid, ended);
            },
            stop);
    }

    /// <summary>
    /// True when nothing sent under the key can have an effect any more, and the gateway says that it knows no refund of this
    /// name, in whatever state: then it may be sent under another key.
    /// </summary>
    public async Task<bool> NeverCame(string paymentIntent, string name, DateTimeOffset? firstSentAt, CancellationToken stop) =>
        firstSentAt is { } sent && PayoutDecision.WhenAbsent(sent, clock.GetUtcNow()) == AbsentStep.NewAttempt &&
        await All(paymentIntent, stop) is { } all && all.TrueForAll(r => TakeRefund.Name(r) != name);

    /// <summary>All of them or null: of a part nobody could say that a refund is not there.</summary>
    private async Task<List<StripeObject>?> All(string paymentIntent, CancellationToken stop)
    {
        var all = new List<StripeObject>();
        for (var page = 0; page < PagesMost; page++)
        {
            var question = new StripeForm()
                .Add("payment_intent", paymentIntent).Add("limit", PageSize)
                .Add("expand[0]", "data.balance_transaction").Add("expand[1]", "data.failure_balance_transaction");
            if (all.Count > 0)
            {
                question.Add("starting_after", all[^1].Id);
            }

            if (await gateway.Get("/v1/refunds", question, stop) is not StripeOutcome.Done done)
            {
                return null;
            }

            var told = all.Count;
            all.AddRange(done.Answer.Items("data"));
            if (!done.Answer.Flag("has_more") || all.Count == told)
            {
                return all;
            }
        }

        return null;
    }

    private static string Reason(StripeObject refund) => refund.Text("failure_reason") ?? "the bank did not take it back";

    private async Task<SyncResult> Apply(
        Tx tx, string paymentIntent, List<StripeObject> paid, List<StripeObject> ended)
    {
        var row = await tx.QueryOne<CheckoutRow>(
            $"select {CheckoutRow.Columns} from payments.checkout where payment_intent = @paymentIntent for update",
            new { paymentIntent });
        if (row is null)
        {
            // A refund can be told of before the payment was: then the payment is found first, and this again after it.
            return SyncResult.NotYet("no checkout with this payment yet");
        }

        var (added, returned) = (0L, 0L);
        foreach (var refund in paid)
        {
            added += await take.Made(tx, row, refund);
        }

        row = row with { Refunded = Math.Min(row.Gross, row.Refunded + added) };
        foreach (var refund in ended)
        {
            returned += await take.CameBack(tx, row, refund, Reason(refund));
        }

        // A wish that came to nothing is over: the purchase stands as it was, and can be asked for again.
        var failed = ended.Exists(r => row.Wished(TakeRefund.Name(r)));
        if (failed)
        {
            await revocations.Refused(tx, row, buyerHasIt: false);
        }

        // One for a part of the price is over when it was made.
        var done = row.RefundAmount is not null && paid.Exists(r => row.Wished(TakeRefund.Name(r)));
        if (added == 0 && returned == 0 && !failed && !done)
        {
            return SyncResult.Ignored("no refund that was not known");
        }

        var full = row.Refunded == row.Gross;
        await tx.Execute(
            """
            update payments.checkout set refunded = @Refunded,
              refund_requested_at = case when @over then null else refund_requested_at end,
              refund_amount = case when @over then null else refund_amount end
            where id = @Id
            """,
            new { Refunded = row.Refunded - (TakeRefund.IsUndone(row) ? returned : 0), over = full || failed || done, row.Id });
        if (row.IsPurchase && added > 0)
        {
            await outbox.Publish(tx, new PurchaseRefunded(new PurchaseId(row.Id), new Money(added, row.Currency), full));
        }

        return SyncResult.Done($"refunded {added}, sent back {returned}");
    }
}
