using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Books one refund that the gateway has made, and one that came back. A wallet gives only what is neither used nor held: a
/// refund made in the gateway's own dashboard knows nothing of either, and what it gave too much is the buyer's debt, as far as it
/// does not reach those who got a share.
/// </summary>
internal sealed class TakeRefund(
    Books books, BuyerDebts debts, UncoveredRefunds uncovered, WalletRefundParts parts, TimeProvider clock)
{
    /// <summary>How much was refunded; nothing when it was known.</summary>
    public async Task<long> Made(Tx tx, CheckoutRow row, StripeObject refund)
    {
        var amount = new Money(refund.Long("amount"), row.Currency);
        var at = refund.Time("created");
        if (await tx.Execute(
            """
            insert into payments.refund (id, checkout_id, amount, at) values (@Id, @Checkout, @Minor, @at)
            on conflict (id) do nothing
            """,
            new { refund.Id, Checkout = row.Id, amount.Minor, at }) == 0)
        {
            return 0;
        }

        var movement = refund.Object("balance_transaction")!.Value;
        var (_, available) = await GatewayMovements.Keep(tx, movement, clock.GetUtcNow());
        var settled = -await FxConversions.Settled(tx, row.Id, movement, -amount);
        var (from, held) = await Holds(tx, row, Name(refund));
        await books.Post(tx, RefundPostings.Refunded(refund.Id, from, held, Rest(row), amount, available, at, settled));
        var lacks = Math.Max(0, amount.Minor - held);
        await tx.Execute(
            "update payments.refund set owed = @Owed where id = @Id", new { refund.Id, Owed = row.IsPurchase ? 0 : lacks });
        if (lacks > 0)
        {
            await uncovered.Put(tx, row, refund, amount with { Minor = lacks });
        }

        return amount.Minor;
    }

    /// <summary>
    /// What the bank sent back is where it had come from again, and can be refunded once more. Only for a purchase that has
    /// ended, or was shared, that would be wrong: somebody must find another way to the buyer.
    /// </summary>
    public async Task<long> CameBack(Tx tx, CheckoutRow row, StripeObject refund, string reason)
    {
        var now = clock.GetUtcNow();
        if (refund.Object("failure_balance_transaction") is not { } movement ||
            await tx.Execute(
                "update payments.refund set returned_at = @now where id = @Id and returned_at is null", new { refund.Id, now }) == 0)
        {
            return 0;
        }

        await parts.Returned(tx, Name(refund), reason);
        var (_, available) = await GatewayMovements.Keep(tx, movement, now);
        await uncovered.CameBack(tx, row, refund);
        var posted = await PostedEntries.Lines(tx, $"refund/{refund.Id}");
        // What a revoked licence gives back is the buyer's, whatever has become of their card.
        var wasOnItsWay = row.IsPurchase && posted.Any(l => l.Account.Kind == AccountKind.RefundInTransit);
        var to = wasOnItsWay ? Wallet(row)
            : !IsUndone(row) ? LedgerAccount.Of(AccountKind.Suspense, row.Currency)
            : row.IsPurchase ? LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency)
            : Wallet(row);
        // To what had borne it, which an older version may have called a task instead of a debt.
        var borne = posted.FirstOrDefault(
            l => l.Account.Kind is AccountKind.BuyerDebt or AccountKind.Suspense);
        var amount = new Money(refund.Long("amount"), row.Currency);
        await books.Post(tx, RefundPostings.RefundReturned(
            refund.Id, to, borne?.Account ?? Rest(row), borne?.Amount.Minor ?? 0, amount, available, movement.Time("created"),
            await FxConversions.Settled(tx, row.Id, movement, amount)));
        if (!row.IsPurchase)
        {
            await debts.Settle(tx, row.Buyer, row.Currency);
        }

        return wasOnItsWay ? 0 : refund.Long("amount");
    }

    /// <summary>A refund that came back counts as not made: not for a purchase that has ended, or was shared.</summary>
    public static bool IsUndone(CheckoutRow row) => !row.IsPurchase || (row.SharedIn is null && row.Refunded < row.Gross);

    public static string? Name(StripeObject refund) => refund.Object("metadata")?.Text("tally_id");

    private async Task<(LedgerAccount From, long Held)> Holds(Tx tx, CheckoutRow row, string? name)
    {
        // What was asked for here has left the wallet, or what a revoked licence was paid with, already.
        var isOnItsWay = row.IsPurchase ? row.RefundAmount is not null && row.Wished(name) : await parts.Refunded(tx, name);
        if (!row.IsPurchase && !isOnItsWay)
        {
            return (Wallet(row), await debts.LockedFree(tx, row.Buyer, row.Currency));
        }

        var from = row.IsPurchase && !isOnItsWay
            ? LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency)
            : LedgerAccount.Of(AccountKind.RefundInTransit, row.Buyer, row.Currency);
        await books.Lock(tx, from);
        return (from, Math.Max(0, -(await books.Balance(tx, from)).Minor));
    }

    private static LedgerAccount Wallet(CheckoutRow row) => LedgerAccount.Of(AccountKind.BuyerPrepaid, row.Buyer, row.Currency);

    private static LedgerAccount Rest(CheckoutRow row) => row.IsPurchase
        ? LedgerAccount.Of(AccountKind.Suspense, row.Currency)
        : LedgerAccount.Of(AccountKind.BuyerDebt, row.Buyer, row.Currency);
}
