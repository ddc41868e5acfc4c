using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Drives the open run, one bounded transaction a step:
/// open → charging (usage, a thousand licences at a time) → sharing (purchases) → statements → payouts → closed.
/// Every step leaves a state from which the next one goes on, so a run can be killed anywhere and started again.
/// </summary>
internal sealed partial class RunBilling(
    Database database, SealedUsage usage, DuePurchases purchases, GatewayFreshness freshness, ChargeRun charge, FinishRun finish,
    ILogger<RunBilling> log)
{
    public const string Worker = "royalties.billing";

    public async Task<bool> Step(CancellationToken stop)
    {
        var run = await database.QueryOne<RunRow>(
            $"select {RunRow.Columns} from royalties.run where state <> 'closed'", null, stop);
        switch (run?.State)
        {
            case null:
                return false;
            case "open":
                return await Count(run, stop);
            case "charging":
                await charge.Usage(run, stop);
                return true;
            case "sharing":
                await charge.Purchases(run, stop);
                return true;
            case "statements":
                await finish.Statements(run, stop);
                return true;
            default:
                await finish.Payouts(run, stop);
                LogClosed(run.Id);
                return true;
        }
    }

    /// <summary>1 Take everything that is due. 2 Count it. 3 Wait for licences that are not known yet. 4 Keep the count.</summary>
    private async Task<bool> Count(RunRow run, CancellationToken stop)
    {
        // Not before the gateway was asked what it had made by then: a dispute that no webhook told of is not shared.
        if (await freshness.WaitsFor(run.OpenedAt, stop) is { } behind)
        {
            await database.InTransaction(
                tx => tx.Execute(
                    "update royalties.run set waiting = @behind where id = @Id and waiting is distinct from @behind",
                    new { run.Id, behind }),
                stop);
            return false;
        }

        // 1. Claims stay when this is killed: doing it again adds nothing.
        var seals = await database.InTransaction(
            async tx =>
            {
                await purchases.Claim(tx, run.Id, run.UpTo);
                return await usage.Claim(tx, run.Id, run.UpTo);
            },
            stop);
        CrashPoint.Reach("billing.claimed");
        var totals = await usage.Totals(run.Id, stop); // 2
        return await database.InTransaction(
            async tx =>
            {
                // 3. A grant that this module has not heard of yet is a matter of moments; usage nobody pays for is not billed by guess.
                var unknown = await tx.QueryOne<int>(
                    """
                    select count(*)::int from unnest(@Licences) u (id)
                    where not exists (select 1 from royalties.licence l where l.licence_id = u.id)
                    """,
                    new { Licences = totals.Select(t => t.LicenceId.Value).Distinct().ToArray() });
                await tx.Execute(
                    "update royalties.run set waiting = @Text where id = @Id and waiting is distinct from @Text",
                    new { run.Id, Text = unknown > 0 ? $"{unknown} licences are not known here yet" : null });
                if (unknown > 0)
                {
                    return false;
                }

                await Keep(tx, run.Id, totals); // 4
                await tx.Execute(
                    "update royalties.run set state = 'charging', seals = @seals where id = @Id", new { run.Id, seals });
                CrashPoint.Reach("billing.counted_before_commit");
                return true;
            },
            stop);
    }

    private static Task Keep(Tx tx, BillingRunId run, IReadOnlyList<UsageTotal> totals) => tx.Execute(
        """
        insert into royalties.usage (run_id, licence_id, work_id, meter, quantity, events, seals)
        select @run, l, w, m, q, e, s::uuid[]
        from unnest(@Licences, @Works, @Meters, @Quantities, @Events, @Seals) u (l, w, m, q, e, s)
        """,
        new
        {
            run,
            Licences = totals.Select(t => t.LicenceId.Value).ToArray(),
            Works = totals.Select(t => t.WorkId.Value).ToArray(),
            Meters = totals.Select(t => (int)t.Meter).ToArray(),
            Quantities = totals.Select(t => t.Quantity).ToArray(),
            Events = totals.Select(t => t.Events).ToArray(),
            Seals = totals.Select(t => $"{{{string.Join(',', t.Seals)}}}").ToArray(),
        });

    [LoggerMessage(3001, LogLevel.Information, "Billing run {Run} is closed.")]
    private partial void LogClosed(BillingRunId run);
}
