using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Puts the accounts of payees right after something was given back to them.</summary>
internal sealed class PayeeAccounts(Books books, TimeProvider clock)
{
    /// <summary>Posts the mirrors of these references, and puts right what they touched.</summary>
    public async Task Undo(Tx tx, IEnumerable<string> posted, string kind, Currency currency, string reference)
    {
        var touched = new List<LedgerAccount>();
        foreach (var one in posted)
        {
            touched.AddRange((await books.Undo(tx, one, kind, clock.GetUtcNow())).Select(l => l.Account));
        }

        await PutRight(tx, touched, currency, reference);
    }

    /// <summary>
    /// Time went on meanwhile: a debt that was collected is owed back to the payee, and what comes back into a holdback whose day
    /// has passed is released, because no run will come to it any more.
    /// </summary>
    public async Task PutRight(Tx tx, IEnumerable<LedgerAccount> touched, Currency currency, string reference)
    {
        var payees = touched.Where(a => a.Kind is AccountKind.Holdback or AccountKind.CreatorDebt)
            .Select(a => new OrganisationId(a.Owner)).Distinct().ToList();
        if (payees.Count == 0)
        {
            return;
        }

        var balances = await books.LockBalances(tx, payees.SelectMany(p => new[]
        {
            LedgerAccount.Of(AccountKind.Holdback, p, currency), LedgerAccount.Of(AccountKind.CreatorDebt, p, currency),
        }));
        var waiting = (await tx.Query<Waiting>(
            """
            select payee, sum(minor)::bigint as minor from royalties.holdback
            where payee = any(@Payees) and currency = @currency and released_in is null group by payee
            """,
            new { Payees = payees.Select(p => p.Value).ToArray(), currency })).ToDictionary(w => w.Payee, w => w.Minor);
        var (entries, now) = (new List<JournalEntry>(), clock.GetUtcNow());
        foreach (var payee in payees)
        {
            var repair = PayeeRepair.Of(
                balances[LedgerAccount.Of(AccountKind.CreatorDebt, payee, currency)],
                -balances[LedgerAccount.Of(AccountKind.Holdback, payee, currency)],
                waiting.GetValueOrDefault(payee));
            if (repair.Forgiven > 0)
            {
                entries.Add(ChargePostings.DebtForgiven(
                    $"{reference}/debt/{payee}", payee, new Money(repair.Forgiven, currency), now));
            }

            if (repair.Released > 0)
            {
                entries.Add(ChargePostings.HoldbackReleased(
                    $"{reference}/holdback/{payee}", payee, new Money(repair.Released, currency), now));
            }
        }

        await books.PostAll(tx, entries);
    }

    private sealed record Waiting(OrganisationId Payee, long Minor);
}
