using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A refund of a revoked licence, and what covers it.</summary>
internal sealed record RevocationPlan(PurchaseId PurchaseId, Currency Currency, RevocationCover Cover)
{
    public Money Missing => new(Cover.Missing, Currency);
}

/// <summary>Who bears what nothing covers: the operator says so, nobody else.</summary>
internal enum MissingBearer
{
    /// <summary>Nobody yet: what is not covered is not given back.</summary>
    None,

    /// <summary>The creator owes it.</summary>
    Creator,

    /// <summary>The operator loses it.</summary>
    Operator,
}

/// <summary>
/// Gives back what a creator owes who takes a sold licence back. The money is set aside in the transaction that revokes, so that
/// nobody is paid out of it meanwhile, and sent like every refund that was asked for.
/// </summary>
internal sealed class RevocationRefunds(
    Books books, SharedSales shared, UnsentPayouts unsent, GiveBackLimits limits, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>
    /// What the buyer paid and has not got back; null while a bank contests it, after it was lost, and while a refund is under way.
    /// </summary>
    public static async Task<Money?> Paid(Tx tx, PurchaseId purchase) => await Locked(tx, purchase) is { } row
        ? new Money(row.Gross - row.Refunded, row.Currency)
        : null;

    /// <summary>
    /// Whether a bank asks about it or disputes it, or a refund of it is on its way: who has the money in the end is not known. Locked.
    /// </summary>
    public static Task<bool> IsContested(Tx tx, PurchaseId purchase) => tx.QueryOne<bool>(
        "select disputed > 0 or (refund_requested_at is not null and refunded < gross) from payments.checkout where id = @Value for update",
        new { purchase.Value });

    /// <summary>Why its creator may not give so much back now; null when they may.</summary>
    public async Task<string?> OverLimit(Tx tx, PurchaseId purchase, long minor) =>
        await Locked(tx, purchase) is { } row ? await limits.Refuse(tx, row, GiveBack.Revocation, minor) : null;

    /// <summary>
    /// What it would come from. Everything it looks at stays locked until the transaction ends: 1 the purchase, 2 payouts before
    /// accounts, as those who send them do, 3 the accounts.
    /// </summary>
    public async Task<RevocationPlan> Plan(Tx tx, PurchaseId purchase, long minor, int feeBasisPoints)
    {
        // 1
        var row = await Locked(tx, purchase) ?? throw new InvalidOperationException($"{purchase} cannot be refunded.");
        var creator = row.Creator!.Value;
        // 2
        var waiting = await unsent.Locked(tx, creator, row.Currency);
        // 3
        var deferred = LedgerAccount.Deferred(purchase, row.Currency);
        var payable = LedgerAccount.Of(AccountKind.CreatorPayable, creator, row.Currency);
        var holdback = LedgerAccount.Of(AccountKind.Holdback, creator, row.Currency);
        var debt = LedgerAccount.Of(AccountKind.CreatorDebt, creator, row.Currency);
        var balances = await books.LockBalances(tx, [deferred, payable, holdback, debt]);
        var held = Math.Min(await shared.HeldBack(tx, purchase, creator), Math.Max(0, -balances[holdback]));
        return new RevocationPlan(purchase, row.Currency, RevocationRefund.Cover(
            minor, feeBasisPoints, new(-balances[deferred], held, -balances[payable], waiting, balances[debt])));
    }

    public async Task Ask(Tx tx, RevocationPlan plan, MissingBearer bearer)
    {
        if (bearer == MissingBearer.None && plan.Cover.Missing > 0)
        {
            throw new InvalidOperationException($"{plan.Missing} of {plan.PurchaseId} are covered by nothing.");
        }

        var row = await Locked(tx, plan.PurchaseId) ?? throw new InvalidOperationException($"{plan.PurchaseId} cannot be refunded.");
        var now = clock.GetUtcNow();
        await books.Post(tx, RefundPostings.RevocationRefundAsked(plan, row.Buyer, row.Creator!.Value, bearer, now));
        await tx.Execute(
            "update payments.checkout set refund_requested_at = @now, refund_amount = @Total, check_at = @now where id = @Id",
            new { now, plan.Cover.Total, row.Id });
        await limits.Count(tx, row, GiveBack.Revocation, plan.Cover.Total);
        tx.AfterCommit(() => wakeUps.Wake(SweepCheckouts.Worker));
    }

    private static Task<CheckoutRow?> Locked(Tx tx, PurchaseId purchase) => tx.QueryOne<CheckoutRow>(
        $"""
        select {CheckoutRow.Columns} from payments.checkout c
        where id = @Value and kind = 'purchase' and state = 'paid' and disputed = 0 and lost = 0
          and refund_requested_at is null and refunded < gross
          -- Of a purchase that was shared, nothing is lost here: its payees bear it.
          and not exists (select 1 from payments.dispute d where d.checkout_id = c.id and d.state = 'lost')
        for update of c
        """,
        new { purchase.Value });
}
