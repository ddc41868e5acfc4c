using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>The end of a run: the reconciliation that closes it.</summary>
internal sealed partial class CloseRun(TimeProvider clock, ILogger<CloseRun> log)
{
    public async Task Close(Tx tx, RunRow run)
    {
        var result = await Reconcile(tx, run);
        await tx.Execute(
            "update royalties.run set state = 'closed', closed_at = @Now, result = @result where id = @Id",
            new { run.Id, Now = clock.GetUtcNow(), result });
        tx.AfterCommit(() => LogClosed(run.Id));
    }

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
            var moved = await PostedEntries.Moved(tx, $"charge/{run.Id}/", total.Currency);
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

    [LoggerMessage(3001, LogLevel.Information, "Billing run {Run} is closed.")]
    private partial void LogClosed(BillingRunId run);

    private sealed record Total(
        Currency Currency, int Charges, int Rules, long Gross, long Fee, long Rounding, long Uncollected, long Shares);
}
