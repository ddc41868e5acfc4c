using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Gives a one-off price back inside its refund window. From the moment it is asked for, no billing run shares it.
/// </summary>
internal sealed class RefundPurchase(
    Database database, StripeGateway gateway, Checkouts checkouts, SyncRefunds refunds, RevocationRefundEnds revocations,
    ContestedRefunds contested, GiveBackLimits limits, TimeProvider clock)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/purchases/{id}/refund", async (
            PurchaseId id, RefundPurchase slice, Caller caller, CancellationToken stop) =>
            (await slice.Handle(id, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .Spends(BudgetKind.Checkouts)
        .WithName("RefundPurchase")
        .WithSummary("Refunds a purchase of the caller's in full and ends its licence. Repeating it is harmless.")
        .Produces<ShowPurchase.View>()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    /// <summary>1 Decide and store the wish. 2 Send it. 3 Read what became of it.</summary>
    public async Task<Outcome<ShowPurchase.View>> Handle(PurchaseId id, Caller caller, CancellationToken stop)
    {
        var wish = await database.InTransaction(tx => Store(tx, id, caller), stop);
        if (!wish.Succeeded(out var row, out var refusal))
        {
            return refusal;
        }

        if (await Send(row, stop) is { IsFailed: true } refused)
        {
            return PaymentsProblems.NotRefundable.With($"The payment provider refused it: {refused.Text}");
        }

        return ShowPurchase.View.Of((await checkouts.Find(id.Value, stop))!);
    }

    /// <summary>
    /// Sends a stored wish, or asks what became of it when its key is too old to be sent again. One that never came to the
    /// gateway is sent under another key.
    /// </summary>
    public async Task<SyncResult> Send(CheckoutRow row, CancellationToken stop)
    {
        // Of a revoked licence it waits for the bank, which may give the buyer the money itself.
        if (row.Refunded < row.Gross && row is not { RefundAmount: not null, Disputed: > 0 })
        {
            CrashPoint.Reach("refund.before_send");
            var form = new StripeForm()
                .Add("payment_intent", row.PaymentIntent)
                .Add("reason", "requested_by_customer")
                .Add("metadata[tally_id]", row.RefundName);
            if (row.RefundAmount is { } part)
            {
                form.Add("amount", part);
            }

            var outcome = await gateway.Post($"refund/{row.RefundName}", "/v1/refunds", form, stop);
            CrashPoint.Reach("refund.after_send_before_record");
            if (outcome is StripeOutcome.Refused refused)
            {
                if (row.RefundAmount is not null && refused.Code == "charge_disputed")
                {
                    return await contested.Settle(row, stop);
                }

                // For good: the purchase stands as it was.
                await database.InTransaction(tx => Give(tx, row, refused.Code), stop);
                return SyncResult.Failed(refused.Message);
            }
        }

        var result = await refunds.ByPaymentIntent(row.PaymentIntent!, stop);
        if (row.RefundName is { } name && result.IsFinal && await refunds.NeverCame(row.PaymentIntent!, name, row.RefundRequestedAt, stop))
        {
            await database.InTransaction(tx => SetWish(tx, row, clock.GetUtcNow()), stop);
        }

        return result;
    }

    private async Task<Outcome<CheckoutRow>> Store(Tx tx, PurchaseId id, Caller caller)
    {
        var row = await tx.QueryOne<CheckoutRow>(
            $"select {CheckoutRow.Columns} from payments.checkout where id = @Id and kind = 'purchase' for update",
            new { Id = id.Value });
        if (row is null || row.Buyer != caller.Organisation)
        {
            return Problems.NotFound.With("No purchase of yours has this id.");
        }

        if (row.State == "paid" && (row.RefundRequestedAt is not null || row.Refunded == row.Gross))
        {
            return row;
        }

        var now = clock.GetUtcNow();
        if (Refuse(row, now) is { } why)
        {
            return PaymentsProblems.NotRefundable.With(why);
        }

        if (await limits.Refuse(tx, row, GiveBack.Window, row.Gross - row.Refunded) is { } limit)
        {
            return PaymentsProblems.RefundLimit.With(limit);
        }

        await limits.Count(tx, row, GiveBack.Window, row.Gross - row.Refunded);
        await tx.Execute(
            "update payments.checkout set refund_requested_at = @now, check_at = @now where id = @Id", new { now, row.Id });
        return row with { RefundRequestedAt = now };
    }

    private static string? Refuse(CheckoutRow row, DateTimeOffset now) => row switch
    {
        { State: not "paid" } => $"It is {row.State}.",
        { Disputed: > 0 } or { Lost: > 0 } => "The buyer's bank has taken the money back.",
        { SharedIn: not null } => "It was shared among the creators.",
        _ when now >= row.RefundUntil => $"Its refund window ended at {row.RefundUntil:u}.",
        _ => null,
    };

    private async Task Give(Tx tx, CheckoutRow row, string code)
    {
        if (await SetWish(tx, row, null) == 1)
        {
            await revocations.Refused(tx, row, buyerHasIt: code == "charge_already_refunded");
        }
    }

    /// <summary>Ends the wish, or makes another one of it, under which it is sent again; nothing when it is not the wish any more.</summary>
    internal static Task<int> SetWish(Tx tx, CheckoutRow row, DateTimeOffset? to) => tx.Execute(
        """
        update payments.checkout set refund_requested_at = @to, refund_amount = case when @to::timestamptz is null then null else refund_amount end
        where id = @Id and refund_requested_at = @RefundRequestedAt
        """,
        new { to, row.Id, row.RefundRequestedAt });
}
