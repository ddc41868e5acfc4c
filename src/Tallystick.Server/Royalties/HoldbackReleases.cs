using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Releases what was held back of payees and whose day has come, except what a bank has yet to decide about.</summary>
internal sealed class HoldbackReleases(Books books)
{
    /// <summary>1 What is contested is put off. 2 The rest of what is due is released. 3 As far as losses have left it there.</summary>
    public async Task Release(Tx tx, RunRow run, IReadOnlyList<Guid> payees)
    {
        // 1
        await HeldShares.PutOffContested(tx, run, payees);

        // 2. One posting for all that is due to a payee: somebody with a hundred thousand small ones is released as quickly.
        var due = await tx.Query<Held>(
            """
            with released as (
              update royalties.holdback set released_in = @Id
              where payee = any(@Payees) and released_in is null and release_at <= @UpTo
              returning payee, currency, minor)
            select payee, currency, sum(minor)::bigint as minor from released group by payee, currency order by payee, currency
            """,
            new { run.Id, run.UpTo, Payees = payees.ToArray() });

        // 3
        var balances = await books.LockBalances(
            tx, due.Select(d => LedgerAccount.Of(AccountKind.Holdback, d.Payee, d.Currency)));
        var later = (await tx.Query<Held>(
            """
            select payee, currency, sum(minor)::bigint as minor from royalties.holdback
            where payee = any(@Payees) and released_in is null group by payee, currency
            """,
            new { Payees = due.Select(d => d.Payee.Value).ToArray() })).ToDictionary(h => (h.Payee, h.Currency), h => h.Minor);
        await books.PostAll(tx, [.. due
            .Select(d => d with
            {
                Minor = HoldbackRelease.Of(
                    d.Minor, -balances[LedgerAccount.Of(AccountKind.Holdback, d.Payee, d.Currency)],
                    later.GetValueOrDefault((d.Payee, d.Currency))),
            })
            .Where(d => d.Minor > 0)
            .Select(d => ChargePostings.HoldbackReleased(
                $"holdback/{run.Id}/{d.Payee}/{d.Currency}", d.Payee, new Money(d.Minor, d.Currency), run.UpTo))]);
    }

    private sealed record Held(OrganisationId Payee, Currency Currency, long Minor);
}
