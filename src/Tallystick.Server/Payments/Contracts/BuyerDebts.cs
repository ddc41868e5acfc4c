using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>
/// What buyers owe: the part of a payment that was taken back after it had been used. It is collected from the first money that
/// is free; what was collected of a debt that turns out to be none goes back.
/// </summary>
internal sealed class BuyerDebts(Books books, WalletFunds funds, TimeProvider clock)
{
    public async Task<long> Owed(Tx tx, OrganisationId buyer, Currency currency) =>
        (await books.Balance(tx, Debt(buyer, currency))).Minor;

    /// <summary>What of the wallet is neither used nor held, and could be taken; it stays locked until the transaction ends.</summary>
    public Task<long> LockedFree(Tx tx, OrganisationId buyer, Currency currency) => funds.LockedAvailable(tx, buyer, currency);

    /// <summary>Brings debt and wallet into order; true when money moved.</summary>
    public async Task<bool> Settle(Tx tx, OrganisationId buyer, Currency currency)
    {
        var free = await LockedFree(tx, buyer, currency);
        await books.Lock(tx, Debt(buyer, currency));
        var owed = await Owed(tx, buyer, currency);
        var moved = LossDecision.Collected(owed, free);
        if (moved == 0)
        {
            return false;
        }

        await tx.Execute(
            """
            insert into payments.debt_collected as d (buyer, currency, minor) values (@buyer, @currency, @moved)
            on conflict (buyer, currency) do update set minor = d.minor + excluded.minor
            """,
            new { buyer, currency, moved });
        var number = await tx.QueryOne<long>("select nextval('payments.debt_number')");
        var (amount, now) = (new Money(Math.Abs(moved), currency), clock.GetUtcNow());
        return await books.Post(tx, moved > 0
            ? PaymentPostings.DebtCollected(number, buyer, amount, now)
            : PaymentPostings.DebtReturned(number, buyer, amount, now));
    }

    private static LedgerAccount Debt(OrganisationId buyer, Currency currency) =>
        LedgerAccount.Of(AccountKind.BuyerDebt, buyer, currency);
}
