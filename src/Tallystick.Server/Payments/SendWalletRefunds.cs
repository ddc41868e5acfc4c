using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>A part of a wallet refund: so much, back to one payment.</summary>
internal sealed record WalletRefundPart(
    WalletRefundId RefundId, Guid CheckoutId, long Amount, int Attempt, DateTimeOffset? FirstSentAt, OrganisationId Buyer,
    Currency Currency, string PaymentIntent, long Fee)
{
    public const string Select =
        """
        select p.refund_id, p.checkout_id, p.amount, p.attempt, p.first_sent_at, c.buyer, c.currency, c.payment_intent, p.fee
        from payments.wallet_refund_part p join payments.checkout c on c.id = p.checkout_id
        """;

    /// <summary>Our name for it at the gateway, in metadata and keys.</summary>
    public string Name => $"{RefundId}/{new TopUpId(CheckoutId)}";
}

/// <summary>
/// Sends parts of wallet refunds, one a step. A part is stored before it is sent and always sent under the same key; what
/// became of it is read from the payment's refunds. After a day, when the key has lost its effect, it is sent under another
/// only if the gateway knows no refund of that name.
/// </summary>
internal sealed class SendWalletRefunds(
    Database database, StripeGateway gateway, SyncRefunds refunds, WalletRefundParts parts, IsolatedRows rows,
    PaymentsOptions options, TimeProvider clock)
{
    public const string Worker = "payments.wallet_refunds";

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var part = gateway.IsConfigured
            ? await database.QueryOne<WalletRefundPart>(
                $"{WalletRefundPart.Select} where p.state = 'queued' and p.check_at <= @now order by p.check_at limit 1",
                new { now },
                stop)
            : null;
        if (part is null)
        {
            return false;
        }

        // Put off before it is sent: one that breaks does not stand in the way of the next.
        var begun = await Begin(part, now, stop);
        await rows.Try(
            $"wallet-refund/{part.Name}",
            async () =>
            {
                await Send(begun, stop);
                return true;
            },
            false,
            stop);
        return true;
    }

    /// <summary>From here on it may have been sent, whatever happens to this process.</summary>
    private Task<WalletRefundPart> Begin(WalletRefundPart part, DateTimeOffset now, CancellationToken stop) =>
        database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payments.wallet_refund_part
                    set first_sent_at = coalesce(first_sent_at, @now), check_at = @Again
                    where refund_id = @RefundId and checkout_id = @CheckoutId
                    """,
                    // Older ones less often: a refund can wait for days until the gateway's balance covers it.
                    new
                    {
                        now, part.RefundId, part.CheckoutId,
                        Again = now.AddSeconds(options.SweepAfterSeconds) + ((now - (part.FirstSentAt ?? now)) / 8),
                    });
                return part with { FirstSentAt = part.FirstSentAt ?? now };
            },
            stop);

    private async Task Send(WalletRefundPart part, CancellationToken stop)
    {
        CrashPoint.Reach("wallet_refund.before_send");
        var outcome = await gateway.Post(
            $"wallet-refund/{part.Name}/{part.Attempt}",
            "/v1/refunds",
            new StripeForm()
                .Add("payment_intent", part.PaymentIntent)
                .Add("amount", part.Amount - part.Fee)
                .Add("reason", "requested_by_customer")
                .Add("metadata[tally_id]", part.Name),
            stop);
        CrashPoint.Reach("wallet_refund.after_send_before_record");
        switch (outcome)
        {
            case StripeOutcome.Refused refused:
                await database.InTransaction(tx => parts.Drop(tx, part.Name, refused.Message), stop);
                break;
            case StripeOutcome.Done:
                await refunds.ByPaymentIntent(part.PaymentIntent, stop);
                break;
            default:
                await Ask(part, stop);
                break;
        }
    }

    private async Task Ask(WalletRefundPart part, CancellationToken stop)
    {
        var result = await refunds.ByPaymentIntent(part.PaymentIntent, stop);
        if (result.IsFinal && await refunds.NeverCame(part.PaymentIntent, part.Name, part.FirstSentAt, stop))
        {
            await database.InTransaction(
                tx => tx.Execute(
                    """
                    update payments.wallet_refund_part set attempt = attempt + 1, first_sent_at = null, check_at = @Now
                    where refund_id = @RefundId and checkout_id = @CheckoutId and state = 'queued' and attempt = @Attempt
                    """,
                    new { part.RefundId, part.CheckoutId, part.Attempt, Now = clock.GetUtcNow() }),
                stop);
        }
    }
}

/// <summary>How parts of wallet refunds end.</summary>
internal sealed class WalletRefundParts(Books books, TimeProvider clock)
{
    /// <summary>The gateway refunded something under this name; true when it is a part that waited for it.</summary>
    public async Task<bool> Refunded(Tx tx, string? name) =>
        await Queued(tx, name) is { } part && await End(tx, part, "refunded", null) == 1;

    /// <summary>The gateway will not refund it: the money is the wallet's again.</summary>
    public async Task Drop(Tx tx, string? name, string reason)
    {
        if (await Queued(tx, name) is { } part && await End(tx, part, "refused", reason) == 1)
        {
            await books.Post(tx, RefundPostings.WalletRefundDropped(
                part.Name, part.Buyer, new Money(part.Amount, part.Currency), clock.GetUtcNow(), part.Fee));
        }
    }

    /// <summary>The bank sent back what had been refunded; the money is the wallet's again by the posting of that.</summary>
    public async Task Returned(Tx tx, string? name, string reason)
    {
        if (await In(tx, name, "refunded") is { } part)
        {
            await End(tx, part, "refused", reason, from: "refunded");
            if (part.Fee > 0)
            {
                await books.Post(tx, RefundPostings.WalletRefundFeeReturned(
                    part.Name, part.Buyer, new Money(part.Fee, part.Currency), clock.GetUtcNow()));
            }
        }
    }

    private static Task<WalletRefundPart?> Queued(Tx tx, string? name) => In(tx, name, "queued");

    private static async Task<WalletRefundPart?> In(Tx tx, string? name, string state) =>
        name?.Split('/') is [var refund, var payment] &&
        WalletRefundId.TryParse(refund, null, out var refundId) && TopUpId.TryParse(payment, null, out var topUp)
            ? await tx.QueryOne<WalletRefundPart>(
                $"{WalletRefundPart.Select} where p.refund_id = @refundId and p.checkout_id = @Id and p.state = @state for update of p",
                new { refundId, Id = topUp.Value, state })
            : null;

    private static Task<int> End(
        Tx tx, WalletRefundPart part, string state, string? reason, string from = "queued") => tx.Execute(
        """
        update payments.wallet_refund_part set state = @state, reason = left(@reason, 500)
        where refund_id = @RefundId and checkout_id = @CheckoutId and state = @from
        """,
        new { state, reason, from, part.RefundId, part.CheckoutId });
}
