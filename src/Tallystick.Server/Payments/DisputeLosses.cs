using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>
/// What a lost dispute does to the accounts of this module, and how it is undone when the bank decides otherwise after all. The
/// payees' part is theirs who shared (<see cref="DisputeClosed"/>).
/// </summary>
internal sealed class DisputeLosses(Books books, WalletFunds funds, RevocationRefundEnds revocations, TimeProvider clock)
{
    /// <summary>How a loss was covered, how much of it nothing covered, and how much the buyer owes because it had been used.</summary>
    internal sealed record Covered(long Lost, long Uncovered, long Owed);

    /// <summary>
    /// What is still held for the payment bears it: what is set aside for a refund that waits for the bank, then the deferred price, or of a wallet what is neither used nor held. What was
    /// used of a wallet stays there for those who delivered it, and is owed by the buyer, whatever came first.
    /// </summary>
    public async Task<Covered> Lose(Tx tx, CheckoutRow row, string loss, Money amount)
    {
        var setAside = Math.Min(row.RefundAmount ?? 0, amount.Minor);
        var (from, held) = await Held(tx, row);
        var step = LossDecision.Of(row.IsPurchase, amount.Minor - setAside, held);
        if (step.Covered + step.Owed + setAside > 0)
        {
            LedgerAccount? owing = row.IsPurchase ? null : LedgerAccount.Of(AccountKind.BuyerDebt, row.Buyer, row.Currency);
            await books.Post(tx, PaymentPostings.DisputeLost(
                loss, from, amount with { Minor = step.Covered }, owing, step.Owed, clock.GetUtcNow(),
                setAside > 0 ? LedgerAccount.Of(AccountKind.RefundInTransit, row.Buyer, row.Currency).Debit(setAside) : null));
        }

        await revocations.Lost(tx, row, loss, setAside);
        // Of a top-up all is lost, also what was used of it: none of it can go back to the card.
        return new(step.Covered + step.Owed, step.Uncovered, step.Owed);
    }

    /// <summary>Each line comes back; answers how much less is lost of the payment.</summary>
    public async Task<long> Undo(Tx tx, CheckoutRow row, string loss, long amount)
    {
        var reference = PaymentPostings.LostReference(loss);
        if (!row.IsPurchase)
        {
            await books.Undo(tx, reference, PaymentPostings.DisputeLostUndone, clock.GetUtcNow());
            return amount;
        }

        var (_, held) = await Held(tx, row);
        var mirror = await books.Undo(tx, reference, PaymentPostings.DisputeLostUndone, clock.GetUtcNow());
        await revocations.LostUndone(tx, row, Back(AccountKind.RefundInTransit));
        var back = Back(AccountKind.Deferred);
        if (held == 0 && back > 0)
        {
            // A run has shared the rest, or found nothing to share: what came back is for the next one.
            await tx.Execute("update payments.checkout set shared_in = null where id = @Id", new { row.Id });
        }

        return back;

        long Back(AccountKind kind) => -mirror.Where(l => l.Account.Kind == kind).Sum(l => l.Amount.Minor);
    }

    private async Task<(LedgerAccount From, long Held)> Held(Tx tx, CheckoutRow row)
    {
        if (!row.IsPurchase)
        {
            var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, row.Buyer, row.Currency);
            return (wallet, await funds.LockedAvailable(tx, row.Buyer, row.Currency));
        }

        var deferred = LedgerAccount.Deferred(new PurchaseId(row.Id), row.Currency);
        await books.Lock(tx, deferred);
        return (deferred, Math.Max(0, -(await books.Balance(tx, deferred)).Minor));
    }
}
