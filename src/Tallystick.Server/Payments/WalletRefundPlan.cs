using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>So much of a wallet refund goes back to one payment, less the fee.</summary>
internal sealed record PlannedRefund(Guid Payment, long Minor, long Fee);

/// <summary>To which payments unused money would go back, and what that would cost.</summary>
internal sealed class WalletRefundPlan(PaymentsOptions options)
{
    /// <summary>More payments than this are refunded by asking again.</summary>
    public const int PaymentsMost = 100;

    /// <summary>Null when the payments that can be refunded cannot take so much back.</summary>
    /// <param name="amount">A multiple of the step that the gateway sends; so is every part, less its fee.</param>
    public async Task<IReadOnlyList<PlannedRefund>?> Of(Tx tx, OrganisationId buyer, Money amount)
    {
        var payments = (await tx.Query<Refundable>(PaymentsSql, new { buyer, amount.Currency, PaymentsMost }))
            .ToDictionary(p => p.Id);
        return WalletRefundSplit.Of(amount.Minor, payments.Values.Select(
            p => new RefundablePayment(p.Id, CardLimits.Cut(Math.Max(0, p.Minor), amount.Currency)))) is { } parts
            ? [.. parts.Select(p => new PlannedRefund(p.Id, p.Minor, Fee(p.Minor, payments[p.Id], CardLimits.Step(amount.Currency))))]
            : null;
    }

    private long Fee(long minor, Refundable payment, long step) => options.BuyerBearsRefundFee
        ? WalletRefundFee.Of(minor, payment.Gross, payment.Fee, step)
        : 0;

    private const string PaymentsSql =
        """
        select c.id, c.gross - c.refunded - coalesce((
            select sum(p.amount) from payments.wallet_refund_part p where p.checkout_id = c.id and p.state = 'queued'), 0)::bigint as minor,
          c.gross, c.fee
        from payments.checkout c
        where c.buyer = @buyer and c.kind = 'top_up' and c.currency = @Currency and c.state = 'paid'
          and c.disputed = 0 and c.lost = 0 and c.refunded < c.gross
        order by c.paid_at desc, c.id desc limit @PaymentsMost
        """;

    private sealed record Refundable(Guid Id, long Minor, long Gross, long Fee);
}
