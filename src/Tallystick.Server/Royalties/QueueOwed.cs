using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Somebody to whom something may be owed.</summary>
/// <param name="Least">Less is not queued, in minor units; at least 1.</param>
internal sealed record Owed(OrganisationId Payee, Currency Currency, long Least)
{
    /// <summary>
    /// Everything, whatever the minimums: from what the gateway can send at all. Where it settles two of three decimals that is
    /// the tenth unit, else the first.
    /// </summary>
    public static Owed Everything(OrganisationId payee, Currency currency) => new(payee, currency, CardLimits.Step(currency));
}

/// <summary>Turns what is owed into payouts, for a run, because its payee asked, or because the payee's account was closed.</summary>
internal sealed class QueueOwed(Books books, PayoutQueue payouts)
{
    /// <summary>Payees that one statement to the database speaks of.</summary>
    private const int AtOnce = 5_000;

    /// <summary>
    /// 1 What is owed, locked. 2 Less what the payee owes. 3 Enough to be paid out: queued in steps that the gateway sends, and what it
    /// covers marked.
    /// </summary>
    /// <param name="run">What the payouts are grouped by: one for a payee and currency.</param>
    public async Task<IReadOnlyList<PayoutId>> Queue(Tx tx, BillingRunId run, IReadOnlyList<Owed> owners, DateTimeOffset at)
    {
        // 1
        var owed = await books.LockBalances(
            tx, owners.Select(o => LedgerAccount.Of(AccountKind.CreatorPayable, o.Payee, o.Currency)));
        var debts = await books.LockBalances(
            tx, owners.Select(o => LedgerAccount.Of(AccountKind.CreatorDebt, o.Payee, o.Currency)));
        var (settlements, due) = (new List<JournalEntry>(), new List<(OrganisationId Payee, Money Amount)>());
        foreach (var owner in owners)
        {
            var payable = -owed[LedgerAccount.Of(AccountKind.CreatorPayable, owner.Payee, owner.Currency)];
            var debt = debts[LedgerAccount.Of(AccountKind.CreatorDebt, owner.Payee, owner.Currency)];
            var step = OwedStep.Of(payable, debt, owner.Least, CardLimits.Step(owner.Currency));
            if (step.Settled > 0) // 2
            {
                settlements.Add(ChargePostings.DebtSettled(run, owner.Payee, new Money(step.Settled, owner.Currency), at));
            }

            if (step.Due > 0) // 3
            {
                due.Add((owner.Payee, new Money(step.Due, owner.Currency)));
            }
        }

        foreach (var some in settlements.Chunk(AtOnce))
        {
            await books.PostAll(tx, some);
        }

        var queued = new List<PayoutId>(due.Count);
        foreach (var some in due.Chunk(AtOnce))
        {
            var added = await payouts.AddAll(tx, run, some);
            await Cover(tx, some, added);
            queued.AddRange(added);
        }

        return queued;
    }

    /// <summary>Everything earned and released that no payout has covered yet is covered by these: where their traces lead.</summary>
    private static Task Cover(
        Tx tx, IReadOnlyList<(OrganisationId Payee, Money Amount)> paid, IReadOnlyList<PayoutId> added) => tx.Execute(
        """
        update royalties.earning e set payout_id = u.payout from unnest(@Payees, @Currencies, @Payouts) u (payee, currency, payout)
        where e.payee = u.payee and e.currency = u.currency and e.payout_id is null;
        update royalties.holdback h set payout_id = u.payout from unnest(@Payees, @Currencies, @Payouts) u (payee, currency, payout)
        where h.payee = u.payee and h.currency = u.currency and h.released_in is not null and h.payout_id is null;
        """,
        new
        {
            Payees = paid.Select(p => p.Payee.Value).ToArray(),
            Currencies = paid.Select(p => p.Amount.Currency.Code).ToArray(),
            Payouts = added.Select(p => p.Value).ToArray(),
        });
}
