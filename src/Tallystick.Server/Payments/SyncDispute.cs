using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Brings a dispute to what the gateway says now: its movements, and how the bank decided.</summary>
internal sealed class SyncDispute(Database database, StripeGateway gateway, Books books, Outbox outbox, TimeProvider clock)
{
    public async Task<SyncResult> ById(string id, CancellationToken stop) =>
        await gateway.Get($"/v1/disputes/{Uri.EscapeDataString(id)}", null, stop) switch
        {
            StripeOutcome.Done done => await database.InTransaction(tx => Apply(tx, done.Answer), stop),
            StripeOutcome.Refused refused => SyncResult.Ignored($"the gateway knows no such dispute: {refused.Code}"),
            _ => SyncResult.NotYet("the gateway could not be asked"),
        };

    /// <summary>1 Find what is disputed. 2 Post movements that are new. 3 Follow the state, once each way.</summary>
    private async Task<SyncResult> Apply(Tx tx, StripeObject dispute)
    {
        // 1
        var row = await tx.QueryOne<CheckoutRow>(
            $"select {CheckoutRow.Columns} from payments.checkout where payment_intent = @Intent for update",
            new { Intent = dispute.Reference("payment_intent") });
        if (row is null)
        {
            return SyncResult.NotYet("no checkout with this payment yet");
        }

        // 2
        foreach (var movement in dispute.Items("balance_transactions"))
        {
            var (isNew, available) = await GatewayMovements.Keep(tx, movement, clock.GetUtcNow());
            if (!isNew)
            {
                continue;
            }

            await books.Post(tx, PaymentPostings.DisputeMoved(
                movement.Id,
                new Money(movement.Long("amount"), row.Currency),
                new Money(movement.Long("fee"), row.Currency),
                available,
                movement.Time("created")));
        }

        // 3
        var state = dispute.Text("status") switch
        {
            "won" or "warning_closed" or "prevented" => "won",
            "lost" => "lost",
            _ => "open",
        };
        var before = await tx.QueryOne<string>("select state from payments.dispute where id = @Id", new { dispute.Id });
        if (before == state || before is "won" or "lost")
        {
            return SyncResult.Ignored($"known as {before}");
        }

        await Follow(tx, row, dispute, opens: before is null, state);
        return SyncResult.Done(state);
    }

    private async Task Follow(Tx tx, CheckoutRow row, StripeObject dispute, bool opens, string state)
    {
        var (amount, now) = (new Money(dispute.Long("amount"), row.Currency), clock.GetUtcNow());
        PurchaseId? purchase = row.IsPurchase ? new PurchaseId(row.Id) : null;
        await tx.Execute(
            """
            insert into payments.dispute (id, checkout_id, amount, reason, state, updated_at)
            values (@Id, @Checkout, @Minor, @Reason, @state, @now)
            on conflict (id) do update set state = excluded.state, updated_at = excluded.updated_at
            """,
            new { dispute.Id, Checkout = row.Id, amount.Minor, Reason = dispute.Text("reason") ?? "", state, now });
        if (opens)
        {
            await tx.Execute(
                "update payments.checkout set disputed = disputed + @Minor where id = @Id", new { row.Id, amount.Minor });
            await outbox.Publish(tx, new DisputeOpened(dispute.Id, row.Buyer, purchase, amount));
        }

        if (state == "open")
        {
            return;
        }

        var isLost = state == "lost";
        var covered = isLost ? await Lose(tx, row, dispute.Id, amount, now) : 0;
        // Of a top-up all is lost, also what the wallet does not have any more: none of it can go back.
        var lost = row.IsPurchase ? covered : isLost ? amount.Minor : 0;
        await tx.Execute(
            "update payments.checkout set disputed = disputed - @Minor, lost = lost + @lost where id = @Id",
            new { row.Id, amount.Minor, lost });
        await outbox.Publish(
            tx,
            new DisputeClosed(
                dispute.Id, row.Buyer, purchase, amount, isLost, amount with { Minor = isLost ? amount.Minor - covered : 0 }, row.SharedIn));
    }

    /// <summary>
    /// What is still held for this payment bears the loss; answers how much that was. A purchase that was shared holds nothing
    /// any more.
    /// </summary>
    private async Task<long> Lose(Tx tx, CheckoutRow row, string dispute, Money amount, DateTimeOffset now)
    {
        var from = row.IsPurchase
            ? LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency)
            : LedgerAccount.Of(AccountKind.BuyerPrepaid, row.Buyer, row.Currency);
        await books.Lock(tx, from);
        var covered = Math.Min(amount.Minor, Math.Max(0, -(await books.Balance(tx, from)).Minor));
        if (covered > 0)
        {
            await books.Post(tx, PaymentPostings.DisputeLost(dispute, from, amount with { Minor = covered }, now));
        }

        return covered;
    }
}
