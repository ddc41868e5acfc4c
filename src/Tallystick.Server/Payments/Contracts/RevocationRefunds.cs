using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>
/// Gives back what a creator owes who takes a sold licence back. The money is set aside in the transaction that revokes, so that
/// nobody is paid out of it meanwhile, and sent like every refund that was asked for.
/// </summary>
internal sealed class RevocationRefunds(Books books, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>
    /// What the buyer paid and has not got back; null while a bank contests it, after it was lost, and while a refund is under way.
    /// </summary>
    public static async Task<Money?> Paid(Tx tx, PurchaseId purchase) => await Locked(tx, purchase) is { } row
        ? new Money(row.Gross - row.Refunded, row.Currency)
        : null;

    /// <summary>
    /// 1 From what is still deferred. 2 What was shared comes from the creator alone, less the operator's fee for it: first what
    /// is owed to them, then as a debt. Others who got a share have done nothing.
    /// </summary>
    public async Task Ask(Tx tx, PurchaseId purchase, long minor, int feeBasisPoints)
    {
        var row = await Locked(tx, purchase) ?? throw new InvalidOperationException($"{purchase} cannot be refunded.");
        var payable = LedgerAccount.Of(AccountKind.CreatorPayable, row.Creator!.Value, row.Currency);
        var deferred = LedgerAccount.Deferred(purchase, row.Currency);
        var balances = await books.LockBalances(tx, [deferred, payable]);
        // 1
        var held = Math.Min(minor, Math.Max(0, -balances[deferred]));
        // 2
        var fee = RevocationRefund.FeePart(minor - held, feeBasisPoints);
        var owed = Math.Min(minor - held - fee, Math.Max(0, -balances[payable]));
        var now = clock.GetUtcNow();
        await books.Post(tx, PaymentPostings.RevocationRefundAsked(
            purchase, row.Buyer, row.Creator.Value, new Money(minor, row.Currency), held, fee, owed, now));
        await tx.Execute(
            "update payments.checkout set refund_requested_at = @now, refund_amount = @minor, check_at = @now where id = @Id",
            new { now, minor, row.Id });
        tx.AfterCommit(() => wakeUps.Wake(SweepCheckouts.Worker));
    }

    private static Task<CheckoutRow?> Locked(Tx tx, PurchaseId purchase) => tx.QueryOne<CheckoutRow>(
        $"""
        select {CheckoutRow.Columns} from payments.checkout
        where id = @Value and kind = 'purchase' and state = 'paid' and disputed = 0 and lost = 0
          and refund_requested_at is null and refunded < gross for update
        """,
        new { purchase.Value });
}
