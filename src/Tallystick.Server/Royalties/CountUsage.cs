using System.Data;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>The first step of a run: takes everything that is due, counts it by the rules of its time, and keeps the count.</summary>
internal sealed class CountUsage(
    Database database, SealedUsage usage, DuePurchases purchases, LearnLicence learn, LeftOut leftOut) : IRunStep
{
    /// <summary>The state in which a run begins.</summary>
    public const string First = "open";

    public string State => First;

    /// <summary>
    /// 1 Take everything that is due. 2 Count it, by rule. 3 Hear of licences whose event has not come yet. 4 Keep the count.
    /// 5 Set aside what nobody was ever licensed to use. 6 Take in what was set aside earlier and accepted.
    /// </summary>
    public async Task Step(RunRow run, int most, CancellationToken stop)
    {
        // 1. Claims stay when this is killed: doing it again adds nothing.
        var seals = await database.InTransaction(
            async tx =>
            {
                await purchases.Claim(tx, run.Id, run.UpTo);
                return await usage.Claim(tx, run.Id, run.UpTo);
            },
            stop);
        CrashPoint.Reach("billing.claimed");
        var totals = await usage.Totals(run.Id, await EffectiveRules.Slices(database, stop), stop); // 2
        await database.InTransaction(
            async tx =>
            {
                await run.Hold(tx);
                await Hear(tx, totals); // 3
                await Keep(tx, run.Id, totals); // 4
                await SetAside(tx, run.Id); // 5
                await TakeIn(tx, run.Id); // 6
                await tx.Execute("update royalties.run set seals = @seals, waiting = null where id = @Id", new { run.Id, seals });
                await run.MoveOn(tx, "collecting");
                CrashPoint.Reach("billing.counted_before_commit");
            },
            stop);
    }

    /// <summary>Counting is one look over all seals: no row of it fails on its own.</summary>
    public Task<FailedRow?> LeaveOut(Tx tx, RunRow run) => Task.FromResult<FailedRow?>(null);

    private async Task Hear(Tx tx, IReadOnlyList<UsageTotal> totals)
    {
        var unheard = await tx.Query<LicenceId>(
            """
            select u.id from unnest(@Ids) u (id) where not exists (select 1 from royalties.licence l where l.licence_id = u.id)
            """,
            new { Ids = totals.Select(t => t.LicenceId.Value).Distinct().ToArray() });
        foreach (var licence in unheard.Count == 0 ? [] : await GrantedLicences.Of(tx, unheard))
        {
            try
            {
                await learn.Learn(tx, licence);
            }
            catch (Exception failure) when (failure is InvalidOperationException or FormatException or JsonException or DataException)
            {
                // Its offer is missing or cannot be read: its usage is set aside below, like that of one nobody knows.
                leftOut.Unreadable(failure, licence.LicenceId);
            }
        }
    }

    private static Task Keep(Tx tx, BillingRunId run, IReadOnlyList<UsageTotal> totals) => tx.Execute(
        """
        insert into royalties.usage (run_id, billed_in, licence_id, work_id, meter, rule_version, quantity, events, seals)
        select @run, @run, l, w, m, r, q, e, s::uuid[]
        from unnest(@Licences, @Works, @Meters, @Rules, @Quantities, @Events, @Seals) with ordinality u (l, w, m, r, q, e, s, n)
        order by n
        """,
        new
        {
            run,
            Licences = totals.Select(t => t.LicenceId.Value).ToArray(),
            Works = totals.Select(t => t.WorkId.Value).ToArray(),
            Meters = totals.Select(t => (int)t.Meter).ToArray(),
            Rules = totals.Select(t => t.Slice).ToArray(),
            Quantities = totals.Select(t => t.Quantity).ToArray(),
            Events = totals.Select(t => t.Events).ToArray(),
            Seals = totals.Select(t => $"{{{string.Join(',', t.Seals)}}}").ToArray(),
        });

    /// <summary>Usage nobody is known to pay for is not billed by guess, and holds up nobody else's.</summary>
    private async Task SetAside(Tx tx, BillingRunId run)
    {
        var unknown = await tx.Query<Unknown>(
            """
            update royalties.usage u set state = 'set_aside', billed_in = null
            where u.billed_in = @run and not exists (select 1 from royalties.licence l where l.licence_id = u.licence_id)
            returning u.licence_id, u.work_id, u.meter, u.quantity, u.events
            """,
            new { run });
        foreach (var licence in unknown.GroupBy(u => u.LicenceId))
        {
            await leftOut.Unknown(
                tx, licence.Key,
                new JsonObject
                {
                    ["billing_run_id"] = run.ToString(),
                    ["usage"] = new JsonArray([.. licence.Take(20).Select(u => SqlTypes.Json(u))]),
                });
        }
    }

    private static Task TakeIn(Tx tx, BillingRunId run) => tx.Execute(
        """
        update royalties.usage u set billed_in = @run
        where u.billed_in is null and u.state = 'accepted'
          and exists (select 1 from royalties.licence l where l.licence_id = u.licence_id)
        """,
        new { run });

    private sealed record Unknown(LicenceId LicenceId, WorkId WorkId, int Meter, long Quantity, long Events);
}
