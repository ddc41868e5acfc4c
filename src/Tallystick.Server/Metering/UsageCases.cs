using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// What was set aside of a gate's usage, as cases of the operator's: one for each epoch, licence and reason, and one for all together
/// when there are too many of a reason at one gate to look at, so that a gate which makes licences up fills no page. A range adds to
/// what is known of a case: what was set aside before it is not counted again.
/// </summary>
internal sealed class UsageCases(
    SetAsides setAsides, LicenceFacts licences, RepeatedUses repeated, UsageGrants grants, TimeProvider clock)
{
    private const int CasesMost = 50;
    // Far below what a column holds, and what no lease ever comes to: a lease is asked for in at most as much.
    private const long BilledMost = 1L << 60;

    /// <summary>Opens cases for what was just set aside in a range, or counts up those that are open.</summary>
    public async Task Open(Tx tx, EventRange range)
    {
        var found = await tx.Query<Found>(
            """
            select reason, licence_id, count(*) as events, sum(quantity) as quantity from metering.quarantine
            where emitter = @Emitter and epoch = @Epoch and seq > @After and seq <= @Until and state = 'open'
            group by reason, licence_id
            """,
            range);
        var known = (await tx.Query<Known>(
            "select reason, epoch, licence_id from metering.usage_case where emitter = @Emitter and epoch > 0", range)).ToHashSet();
        foreach (var reason in found.GroupBy(f => f.Reason))
        {
            var fresh = reason.Where(f => !known.Contains(new(f.Reason, range.Epoch, f.LicenceId))).ToList();
            var fits = known.Count(k => k.Reason == reason.Key) + fresh.Count <= CasesMost;
            foreach (var one in fits ? reason : reason.Except(fresh))
            {
                await Add(tx, range.Emitter, range.Epoch, one);
            }

            if (!fits)
            {
                await Add(tx, range.Emitter, 0, new(reason.Key, default, fresh.Sum(f => f.Events), fresh.Sum(f => f.Quantity)));
            }
        }
    }

    /// <summary>
    /// The operator bills it: 1 every licence is known by now. 2 What is taken has a bound. 3 It counts from now on, as usage
    /// of the licence's own work and at the latest at the time it was found; a use that another event counted meanwhile is no use
    /// any more. 4 Its money is held like a lease's.
    /// </summary>
    public async Task<Refusal?> Accept(Tx tx, SetAsideRow row)
    {
        var open = OpenCase.Of(row);
        var now = clock.GetUtcNow();
        // 1
        await licences.Learn(tx, await tx.Query<LicenceId>(
            $"select distinct q.licence_id from metering.quarantine q where {OpenCase.Sql}", open));
        var sums = await tx.Query<Sum>(
            $"""
            select q.licence_id, q.meter::int as meter, coalesce(m.leases_of, q.epoch) as leases_of,
              coalesce(bool_and(l.pseudonym is not null), false) as known,
              sum(q.quantity) + coalesce(max(p.quantity), 0) > @BilledMost as too_much,
              bool_or(l.paid_meter = q.meter or (l.limits_uses and q.meter = @Uses)) as leased
            from metering.quarantine q
            left join metering.licence l on l.licence_id = q.licence_id
            left join metering.emitter m on m.emitter = q.emitter and m.epoch = q.epoch
            left join metering.spent p on p.emitter = q.emitter and p.epoch = coalesce(m.leases_of, q.epoch)
              and p.licence_id = q.licence_id and p.meter = q.meter
            where {OpenCase.Sql} group by q.licence_id, q.meter, 3
            """,
            new { open.Emitter, open.Epoch, open.Reason, open.Licence, BilledMost, Uses = (short)Meter.SegmentUnlocked });
        if (sums.FirstOrDefault(s => !s.Known) is { } unknown)
        {
            return MeteringProblems.LicenceUnknown.With($"{unknown.LicenceId} is not known here.");
        }

        // 2
        if (sums.FirstOrDefault(s => s.TooMuch) is { } absurd)
        {
            return MeteringProblems.UsageAbsurd.With($"{absurd.LicenceId} would have used more than {BilledMost}.");
        }

        // 3
        await repeated.Mark(tx, open, now);
        await tx.Execute(CountSql, new { open.Emitter, open.Epoch, open.Reason, open.Licence, Now = now });
        await Close(tx, open);
        // 4
        foreach (var sum in sums.Where(s => s.Leased))
        {
            var total = await tx.QueryOne<long?>(
                """
                select quantity::bigint from metering.spent
                where emitter = @Emitter and epoch = @LeasesOf and licence_id = @LicenceId and meter = @Meter
                """,
                new { open.Emitter, sum.LeasesOf, sum.LicenceId, Meter = (short)sum.Meter });
            if (total is not null)
            {
                await grants.Cover(tx, new GateId(open.Emitter), sum.LeasesOf, sum.LicenceId, sum.Meter, total.Value);
            }
        }

        return null;
    }

    /// <summary>The operator decides that it is never billed. It stays stored and sealed.</summary>
    public async Task<Refusal?> Void(Tx tx, SetAsideRow row)
    {
        var open = OpenCase.Of(row);
        await tx.Execute(
            $"update metering.quarantine q set state = 'void', decided_at = @Now where {OpenCase.Sql}",
            new { open.Emitter, open.Epoch, open.Reason, open.Licence, Now = clock.GetUtcNow() });
        await Close(tx, open);
        return null;
    }

    private async Task Add(Tx tx, Guid emitter, long epoch, Found more)
    {
        var (events, quantity) = (await tx.QueryOne<Total>(
            """
            insert into metering.usage_case (emitter, reason, epoch, licence_id, events, quantity)
            values (@emitter, @Reason, @epoch, @LicenceId, @Events, @Quantity)
            on conflict (emitter, reason, epoch, licence_id) do update set
              events = usage_case.events + excluded.events, quantity = usage_case.quantity + excluded.quantity
            returning events, quantity::text
            """,
            new { emitter, epoch, more.Reason, more.LicenceId, more.Events, more.Quantity }))!;
        var gate = new GateId(emitter).ToString();
        var number = epoch == 0 ? OpenCase.Any : epoch.ToString(CultureInfo.InvariantCulture);
        var licence = epoch == 0 ? OpenCase.Any : more.LicenceId.ToString();
        await setAsides.Put(
            tx,
            UsageFault.Kind(more.Reason),
            $"{gate}/{number}/{licence}",
            string.Create(CultureInfo.InvariantCulture, $"{events} events of {quantity} in all do not count."),
            new JsonObject { ["gate_id"] = gate, ["epoch"] = number, ["licence"] = licence, ["events"] = events, ["quantity"] = quantity });
    }

    private static Task Close(Tx tx, OpenCase decided) => tx.Execute(
        """
        delete from metering.usage_case where emitter = @Emitter and reason = @Reason
          and (@Epoch::bigint is null or epoch = @Epoch) and (@Licence::uuid is null or licence_id = @Licence)
        """,
        decided);

    private const string TakenSql =
        $"""
        update metering.quarantine q set state = 'accepted', decided_at = @Now, work_id = l.work_id,
          time_ms = least(q.time_ms, (extract(epoch from q.found_at) * 1000)::bigint)
        from metering.licence l where l.licence_id = q.licence_id and {OpenCase.Sql}
        returning q.*, false as repeated
        """;

    private static readonly string CountSql =
        $"""
        update metering.quarantine q set state = 'void', decided_at = @Now
        from metering.event e where {OpenCase.Sql} and e.emitter = q.emitter and e.epoch = q.epoch and e.seq = q.seq and e.repeated;
        {RollUpSql.Add(TakenSql)}
        """;

    private sealed record Found(string Reason, LicenceId LicenceId, long Events, decimal Quantity);

    private sealed record Known(string Reason, long Epoch, LicenceId LicenceId);

    private sealed record Total(long Events, string Quantity);

    private sealed record Sum(LicenceId LicenceId, Meter Meter, long LeasesOf, bool Known, bool TooMuch, bool Leased);
}
