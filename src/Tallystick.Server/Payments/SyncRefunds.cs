using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Takes over every refund of a payment that the gateway has made, also those made in its own dashboard, and those that the
/// bank sends back after they had succeeded.
/// </summary>
internal sealed class SyncRefunds(
    Database database, StripeGateway gateway, Books books, Outbox outbox, WalletRefundParts parts, TimeProvider clock)
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
                    await parts.Drop(tx, Name(refund), Reason(refund));
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
        await All(paymentIntent, stop) is { } all && all.TrueForAll(r => Name(r) != name);

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

    private static string? Name(StripeObject refund) => refund.Object("metadata")?.Text("tally_id");

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
            added += await One(tx, row, refund);
        }

        row = row with { Refunded = Math.Min(row.Gross, row.Refunded + added) };
        foreach (var refund in ended)
        {
            returned += await Return(tx, row, refund);
        }

        // A wish that came to nothing is over: the purchase stands as it was, and can be asked for again.
        var failed = row.RefundName is { } wish && ended.Exists(r => Name(r) == wish);
        if (added == 0 && returned == 0 && !failed)
        {
            return SyncResult.Ignored("no refund that was not known");
        }

        var full = row.Refunded == row.Gross;
        await tx.Execute(
            """
            update payments.checkout set refunded = @Refunded,
              refund_requested_at = case when @over then null else refund_requested_at end
            where id = @Id
            """,
            new { Refunded = row.Refunded - (IsUndone(row) ? returned : 0), over = full || failed, row.Id });
        if (row.IsPurchase && added > 0)
        {
            await outbox.Publish(tx, new PurchaseRefunded(new PurchaseId(row.Id), new Money(added, row.Currency), full));
        }

        return SyncResult.Done($"refunded {added}, sent back {returned}");
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
        await tx.Execute(
            "update payments.refund set uncovered = greatest(0, amount - @held) where id = @Id", new { refund.Id, held });
        await books.Post(
            tx, PaymentPostings.Refunded(refund.Id, from, held, new Money(amount, row.Currency), available, at));
        return amount;
    }

    /// <summary>
    /// What the bank sent back is where it had come from again, and can be refunded once more. Only for a purchase that has
    /// ended, or was shared, that would be wrong: somebody must find another way to the buyer.
    /// </summary>
    private async Task<long> Return(Tx tx, CheckoutRow row, StripeObject refund)
    {
        var now = clock.GetUtcNow();
        if (refund.Object("failure_balance_transaction") is not { } movement ||
            await tx.QueryOne<long?>(
                "update payments.refund set returned_at = @now where id = @Id and returned_at is null returning uncovered",
                new { refund.Id, now }) is not { } uncovered)
        {
            return 0;
        }

        await parts.Returned(tx, Name(refund), Reason(refund));
        var (_, available) = await GatewayMovements.Keep(tx, movement, now);
        var to = !IsUndone(row) ? LedgerAccount.Of(AccountKind.Suspense, row.Currency)
            : row.IsPurchase ? LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency)
            : LedgerAccount.Of(AccountKind.BuyerPrepaid, row.Buyer, row.Currency);
        var amount = new Money(refund.Long("amount"), row.Currency);
        await books.Post(tx, PaymentPostings.RefundReturned(refund.Id, to, uncovered, amount, available, movement.Time("created")));
        return amount.Minor;
    }

    private static bool IsUndone(CheckoutRow row) => !row.IsPurchase || (row.SharedIn is null && row.Refunded < row.Gross);
}
