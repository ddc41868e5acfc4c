using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Takes over every refund of a payment that the gateway has made, also those made in its own dashboard.</summary>
internal sealed class SyncRefunds(
    Database database, StripeGateway gateway, Books books, Outbox outbox, WalletRefundParts parts, TimeProvider clock)
{
    public async Task<SyncResult> ByPaymentIntent(string paymentIntent, CancellationToken stop)
    {
        if (await All(paymentIntent, stop) is not { } all)
        {
            return SyncResult.NotYet("the gateway could not be asked");
        }

        var paid = all.Where(r => r.Text("status") == "succeeded" && r.Object("balance_transaction") is not null).ToList();
        return await database.InTransaction(
            async tx =>
            {
                foreach (var ended in all.Where(r => r.Text("status") is "failed" or "canceled"))
                {
                    await parts.Drop(tx, Name(ended), ended.Text("failure_reason") ?? "the bank did not take it back");
                }

                return await Apply(tx, paymentIntent, paid);
            },
            stop);
    }

    /// <summary>True when the gateway says that it knows no refund of this name, in whatever state.</summary>
    public async Task<bool> HasNone(string paymentIntent, string name, CancellationToken stop) =>
        await All(paymentIntent, stop) is { } all && all.TrueForAll(r => Name(r) != name);

    private async Task<List<StripeObject>?> All(string paymentIntent, CancellationToken stop) =>
        await gateway.Get(
            "/v1/refunds",
            new StripeForm()
                .Add("payment_intent", paymentIntent).Add("limit", 100).Add("expand[0]", "data.balance_transaction"),
            stop) is StripeOutcome.Done done
            ? [.. done.Answer.Items("data")]
            : null;

    private static string? Name(StripeObject refund) => refund.Object("metadata")?.Text("tally_id");

    private async Task<SyncResult> Apply(Tx tx, string paymentIntent, List<StripeObject> paid)
    {
        var row = await tx.QueryOne<CheckoutRow>(
            $"select {CheckoutRow.Columns} from payments.checkout where payment_intent = @paymentIntent for update",
            new { paymentIntent });
        if (row is null)
        {
            // A refund can be told of before the payment was: then the payment is found first, and this again after it.
            return SyncResult.NotYet("no checkout with this payment yet");
        }

        var added = 0L;
        foreach (var refund in paid)
        {
            added += await One(tx, row, refund);
        }

        if (added == 0)
        {
            return SyncResult.Ignored("no refund that was not known");
        }

        var full = row.Refunded + added == row.Gross;
        await tx.Execute(
            """
            update payments.checkout set refunded = refunded + @added,
              refund_requested_at = case when @full then null else refund_requested_at end
            where id = @Id
            """,
            new { added, full, row.Id });
        if (row.IsPurchase)
        {
            await outbox.Publish(tx, new PurchaseRefunded(new PurchaseId(row.Id), new Money(added, row.Currency), full));
        }

        return SyncResult.Done($"refunded {added}");
    }

    private async Task<long> One(Tx tx, CheckoutRow row, StripeObject refund)
    {
        var (amount, at) = (refund.Long("amount"), refund.Time("created"));
        if (await tx.Execute(
            """
            insert into payments.refund (id, checkout_id, amount, at) values (@Id, @Checkout, @amount, @at)
            on conflict (id) do nothing
            """,
            new { refund.Id, Checkout = row.Id, amount, at }) == 0)
        {
            return 0;
        }

        var (_, available) = await GatewayMovements.Keep(tx, refund.Object("balance_transaction")!.Value, clock.GetUtcNow());
        var from = row.IsPurchase
            ? LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency)
            : LedgerAccount.Of(
                // One that the buyer asked for here has left the wallet already.
                await parts.Refunded(tx, Name(refund)) ? AccountKind.RefundInTransit : AccountKind.BuyerPrepaid,
                row.Buyer, row.Currency);
        await books.Lock(tx, from);
        var held = Math.Max(0, -(await books.Balance(tx, from)).Minor);
        await books.Post(
            tx, PaymentPostings.Refunded(refund.Id, from, held, new Money(amount, row.Currency), available, at));
        return amount;
    }
}
