using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>The second half of a run: statements, released holdbacks, payouts, and the reconciliation that closes it.</summary>
internal sealed class FinishRun(
    Database database, Books books, IssueStatements issue, PayoutQueue payouts, RoyaltiesOptions options, TimeProvider clock)
{
    /// <summary>Payees that one statement to the database speaks of.</summary>
    private const int AtOnce = 5_000;

    /// <summary>Issues the statements that are missing, a few a transaction, and moves on when there are none.</summary>
    public Task Statements(RunRow run, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            if (!await issue.Some(tx, run))
            {
                await tx.Execute("update royalties.run set state = 'payouts' where id = @Id", new { run.Id });
            }

            CrashPoint.Reach("billing.statements_before_commit");
        },
        stop);

    /// <summary>1 Release holdbacks that are due. 2 Queue what is owed. 3 Reconcile. 4 Close. Together: a run pays once.</summary>
    public Task Payouts(RunRow run, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await Release(tx, run);
            await Queue(tx, run);
            var result = await Reconcile(tx, run);
            await tx.Execute(
                "update royalties.run set state = 'closed', closed_at = @Now, result = @result where id = @Id",
                new { run.Id, Now = clock.GetUtcNow(), result });
            CrashPoint.Reach("billing.closed_before_commit");
        },
        stop);

    private async Task Release(Tx tx, RunRow run)
    {
        var due = await tx.Query<Held>(
            """
            update royalties.holdback h set released_in = @Id
            where released_in is null and release_at <= @UpTo
            returning h.run_id, h.payee, h.currency, h.release_at, h.minor
            """,
            new { run.Id, run.UpTo });
        var balances = await books.LockBalances(
            tx, due.Select(d => LedgerAccount.Of(AccountKind.Holdback, d.Payee, d.Currency)));
        var entries = new List<JournalEntry>();
        foreach (var held in due)
        {
            // A lost dispute may have taken from what was held back: what is left is released.
            var account = LedgerAccount.Of(AccountKind.Holdback, held.Payee, held.Currency);
            var minor = Math.Min(held.Minor, Math.Max(0, -balances[account]));
            balances[account] += minor;
            if (minor > 0)
            {
                entries.Add(ChargePostings.HoldbackReleased(
                    $"holdback/{run.Id}/{held.RunId}/{held.Payee}/{held.Currency}/{held.ReleaseAt.UtcTicks}",
                    held.Payee,
                    new Money(minor, held.Currency),
                    run.UpTo));
            }
        }

        await books.PostAll(tx, entries);
    }

    /// <summary>1 Everybody to whom something is owed, locked. 2 Less what they owe. 3 Enough to be paid out: queued.</summary>
    private async Task Queue(Tx tx, RunRow run)
    {
        // 1
        var owners = await tx.Query<Owed>(
            """
            select distinct e.payee, e.currency from royalties.earning e
            where e.payout_id is null
              or exists (select 1 from royalties.holdback h
                where h.payee = e.payee and h.currency = e.currency and h.released_in = @Id)
            order by 1, 2
            """,
            new { run.Id });
        var minimums = await PayoutMinimums.Of(tx, owners.Select(o => o.Payee));
        var owed = await books.LockBalances(
            tx, owners.Select(o => LedgerAccount.Of(AccountKind.CreatorPayable, o.Payee, o.Currency)));
        var debts = await books.LockBalances(
            tx, owners.Select(o => LedgerAccount.Of(AccountKind.CreatorDebt, o.Payee, o.Currency)));
        var (settlements, due) = (new List<JournalEntry>(), new List<(OrganisationId Payee, Money Amount)>());
        foreach (var owner in owners)
        {
            var payable = -owed[LedgerAccount.Of(AccountKind.CreatorPayable, owner.Payee, owner.Currency)];
            var debt = debts[LedgerAccount.Of(AccountKind.CreatorDebt, owner.Payee, owner.Currency)];
            var settled = Math.Max(0, Math.Min(payable, debt)); // 2
            if (settled > 0)
            {
                settlements.Add(ChargePostings.DebtSettled(run.Id, owner.Payee, new Money(settled, owner.Currency), run.UpTo));
            }

            if (payable - settled >= options.Least(minimums.GetValueOrDefault((owner.Payee, owner.Currency)))) // 3
            {
                due.Add((owner.Payee, new Money(payable - settled, owner.Currency)));
            }
        }

        foreach (var some in settlements.Chunk(AtOnce))
        {
            await books.PostAll(tx, some);
        }

        foreach (var some in due.Chunk(AtOnce))
        {
            await Cover(tx, some, await payouts.AddAll(tx, run.Id, some));
        }
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

    /// <summary>
    /// What was charged, by our rows, must be what left wallets and deferred prices, and what fee and shares came to, by the
    /// journal. What differs is written down as a case; the books are never bent to agree.
    /// </summary>
    private async Task<JsonNode> Reconcile(Tx tx, RunRow run)
    {
        var totals = await tx.Query<Total>(
            """
            select c.currency, count(*)::int as charges, count(distinct c.rule_version || '/' || c.work_id)::int as rules,
              sum(c.gross)::bigint as gross, sum(c.fee)::bigint as fee, sum(c.rounding)::bigint as rounding, sum(c.uncollected)::bigint as uncollected,
              (select coalesce(sum(e.minor), 0) from royalties.earning e
                where e.run_id = @Id and e.currency = c.currency)::bigint as shares
            from royalties.charge c where c.run_id = @Id group by c.currency order by c.currency
            """,
            new { run.Id });
        var currencies = new JsonArray();
        foreach (var total in totals)
        {
            var moved = await books.Moved(tx, $"charge/{run.Id}/", total.Currency);
            long Of(AccountKind kind) => moved.GetValueOrDefault(LedgerAccount.NameOf(kind));
            var drawn = Of(AccountKind.BuyerPrepaid) + Of(AccountKind.Deferred);
            var shared = -(Of(AccountKind.CreatorPayable) + Of(AccountKind.Holdback));
            await Compare(tx, run, total.Currency, "charged_is_drawn_down", total.Gross, drawn);
            await Compare(tx, run, total.Currency, "charged_is_fee_and_shares", total.Gross, total.Fee + total.Shares + total.Rounding);
            await Compare(tx, run, total.Currency, "shares_are_posted", total.Shares, shared);
            await Compare(tx, run, total.Currency, "fee_is_posted", total.Fee, -Of(AccountKind.PlatformFee));
            await Compare(tx, run, total.Currency, "rounding_is_posted", total.Rounding, -Of(AccountKind.RoundingCarry));
            currencies.Add(SqlTypes.Json(new
            {
                total.Currency, total.Charges, total.Rules, total.Gross, total.Fee, total.Shares, total.Rounding, total.Uncollected,
                drawn_down = drawn,
            }));
        }

        return new JsonObject
        {
            ["totals"] = currencies,
            ["differences"] = await tx.QueryOne<int>(
                "select count(*)::int from royalties.difference where run_id = @Id", new { run.Id }),
            ["reconciled"] = !await tx.QueryOne<bool>(
                "select exists (select 1 from royalties.difference where run_id = @Id and kind <> 'uncollected')",
                new { run.Id }),
        };
    }

    private static Task Compare(Tx tx, RunRow run, Currency currency, string kind, long ours, long journal) =>
        ours == journal ? Task.CompletedTask : tx.Execute(
            "insert into royalties.difference (run_id, kind, subject, detail) values (@Id, @kind, @Code, @Detail)",
            new { run.Id, kind, currency.Code, Detail = $"{ours} by the charges, {journal} on the other side" });

    private sealed record Held(
        BillingRunId RunId, OrganisationId Payee, Currency Currency, DateTimeOffset ReleaseAt, long Minor);

    private sealed record Owed(OrganisationId Payee, Currency Currency);

    private sealed record Total(
        Currency Currency, int Charges, int Rules, long Gross, long Fee, long Rounding, long Uncollected, long Shares);
}
