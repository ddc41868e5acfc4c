using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Brings a dispute to what the gateway says now: its movements, and how the bank decided.</summary>
internal sealed class SyncDispute(
    Database database, StripeGateway gateway, Books books, DisputeLosses losses, Outbox outbox, TimeProvider clock)
{
    public async Task<SyncResult> ById(string id, CancellationToken stop) =>
        await gateway.Get($"/v1/disputes/{Uri.EscapeDataString(id)}", null, stop) switch
        {
            StripeOutcome.Done done => await database.InTransaction(tx => Apply(tx, done.Answer), stop),
            var other => SyncResult.Unread(other, "dispute"),
        };

    /// <summary>1 Find what is disputed. 2 Post movements that are new. 3 Follow the state, in any order.</summary>
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

            // The movement is in the gateway's currency, the dispute in that of the payment.
            var moved = movement.Long("amount");
            var disputed = new Money(Math.Sign(moved) * dispute.Long("amount"), row.Currency);
            var settled = await FxConversions.Settled(tx, row.Id, movement, disputed);
            await books.Post(tx, PaymentPostings.DisputeMoved(
                movement.Id,
                settled.Currency == row.Currency ? settled : disputed,
                settled with { Minor = movement.Long("fee") },
                available,
                movement.Time("created"),
                settled));
        }

        // 3
        var (state, amount) = (StateOf(dispute.Text("status")), new Money(dispute.Long("amount"), row.Currency));
        var before = await tx.QueryOne<Known>(
            "select state, amount, losses from payments.dispute where id = @Id for update", new { dispute.Id });
        if (before?.State == state && before.Amount == amount.Minor)
        {
            return SyncResult.Ignored($"known as {state}");
        }

        await Follow(tx, row, dispute, before ?? Known.Nothing, new Known(state, amount.Minor, before?.Losses ?? 0));
        return SyncResult.Done(state);
    }

    /// <summary>
    /// 1 What the last state did is undone, 2 what this one does is done: whatever the order in which the bank decides, the end is
    /// the same. 3 Written down. 4 Told.
    /// </summary>
    private async Task Follow(Tx tx, CheckoutRow row, StripeObject dispute, Known before, Known after)
    {
        // 1. The hold ends first: what is held for this very dispute is what it takes.
        var less = before.IsLost
            ? await losses.Undo(tx, row, DisputeView.LossNameOf(dispute.Id, before.Losses)!, before.Amount)
            : 0;
        await Add(tx, row, disputed: -before.Held, lost: -less);
        row = (await tx.QueryOne<CheckoutRow>($"select {CheckoutRow.Columns} from payments.checkout where id = @Id", new { row.Id }))!;

        // 2
        var covered = new DisputeLosses.Covered(0, 0, 0);
        if (after.IsLost)
        {
            after = after with { Losses = before.Losses + 1 };
            covered = await losses.Lose(
                tx, row, DisputeView.LossNameOf(dispute.Id, after.Losses)!, new Money(after.Amount, row.Currency));
        }

        await Add(tx, row, disputed: after.Held, lost: covered.Lost);
        // A refund that waited for the decision is sent now.
        await tx.Execute(
            "update payments.checkout set check_at = @now where id = @Id and refund_requested_at is not null",
            new { row.Id, now = clock.GetUtcNow() });

        // 3
        await tx.Execute(
            """
            insert into payments.dispute (id, checkout_id, amount, reason, state, losses, uncovered, owed, updated_at)
            values (@Id, @Checkout, @Amount, @Reason, @State, @Losses, @Uncovered, @Owed, @Now)
            on conflict (id) do update set amount = excluded.amount, state = excluded.state, losses = excluded.losses,
              uncovered = excluded.uncovered, owed = excluded.owed, updated_at = excluded.updated_at, is_followed = false
            """,
            new
            {
                dispute.Id, Checkout = row.Id, after.Amount, Reason = dispute.Text("reason") ?? "", after.State, after.Losses,
                covered.Uncovered, covered.Owed, Now = clock.GetUtcNow(),
            });

        // 4
        PurchaseId? purchase = row.IsPurchase ? new PurchaseId(row.Id) : null;
        var amount = new Money(after.Amount, row.Currency);
        if (after.State is "won" or "lost")
        {
            await outbox.Publish(tx, new DisputeClosed(
                dispute.Id, row.Buyer, purchase, amount, after.IsLost, amount with { Minor = covered.Uncovered }, row.SharedIn));
        }
        else
        {
            await outbox.Publish(tx, new DisputeOpened(dispute.Id, row.Buyer, purchase, amount));
        }
    }

    private static Task Add(Tx tx, CheckoutRow row, long disputed, long lost) => tx.Execute(
        "update payments.checkout set disputed = disputed + @disputed, lost = lost + @lost where id = @Id",
        new { row.Id, disputed, lost });

    /// <summary>A warning asks and has withdrawn nothing yet; what it asks about is held all the same.</summary>
    private static string StateOf(string? status) => status switch
    {
        "won" or "warning_closed" or "prevented" => "won",
        "lost" => "lost",
        "warning_needs_response" or "warning_under_review" => "warning",
        _ => "open",
    };

    private sealed record Known(string State, long Amount, int Losses)
    {
        public static readonly Known Nothing = new("", 0, 0);

        public bool IsLost => State == "lost";

        public long Held => State is "open" or "warning" ? Amount : 0;
    }
}
