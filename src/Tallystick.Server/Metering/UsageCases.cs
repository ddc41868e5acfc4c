using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>
/// What was set aside of a gate's epoch, as cases of the operator's: one for each licence and reason, and one for all
/// licences together when there are too many to look at, so that a gate which makes licences up fills no page.
/// </summary>
internal sealed partial class UsageCases(
    SetAsides setAsides, LicenceFacts licences, UsageGrants grants, TimeProvider clock, ILogger<UsageCases> log)
{
    private const int CasesMost = 50;
    private const string AllLicences = "*";
    // Far below what a column holds, and what no lease ever comes to: a lease is asked for in at most as much.
    private const long BilledMost = 1L << 60;

    /// <summary>Opens cases for what was just set aside in a range, or counts up those that are open.</summary>
    public async Task Open(Tx tx, EventRange range)
    {
        var cases = await tx.Query<Found>(
            """
            select f.* from (
              select reason, licence_id, count(*) as events, sum(quantity)::text as quantity, max(seq) as last_seq,
                count(*) over (partition by reason)::int as cases
              from metering.quarantine where emitter = @Emitter and epoch = @Epoch and state = 'open'
              group by reason, licence_id) f
            where f.last_seq > @After
            """,
            range);
        foreach (var reason in cases.GroupBy(c => c.Reason))
        {
            if (reason.First().Cases <= CasesMost)
            {
                foreach (var one in reason)
                {
                    await Open(tx, range, one.Reason, one.LicenceId.ToString(), one.Events, one.Quantity);
                }
            }
            else
            {
                await Open(tx, range, reason.Key, AllLicences, reason.Sum(c => c.Events), "of many licences");
            }
        }
    }

    /// <summary>
    /// The operator bills it: 1 every licence is known by now. 2 What is taken has a bound. 3 It counts from now on, as usage
    /// of the licence's own work and at the latest at the time it was found. 4 Its money is held like a lease's.
    /// </summary>
    public async Task<Refusal?> Accept(Tx tx, SetAsideRow row)
    {
        var open = OpenCase.Of(row);
        // 1
        await licences.Learn(tx, await tx.Query<LicenceId>(
            $"select distinct q.licence_id from metering.quarantine q where {OpenCase.Sql}", open));
        var sums = await tx.Query<Sum>(
            $"""
            select q.licence_id, q.meter::int as meter, coalesce(bool_and(l.pseudonym is not null), false) as known,
              sum(q.quantity) + coalesce(max(p.quantity), 0) > @BilledMost as too_much,
              bool_or(l.paid_meter = q.meter or (l.limits_uses and q.meter = @Uses)) as leased
            from metering.quarantine q
            left join metering.licence l on l.licence_id = q.licence_id
            left join metering.spent p on p.emitter = q.emitter and p.epoch = q.epoch
              and p.licence_id = q.licence_id and p.meter = q.meter
            where {OpenCase.Sql} group by q.licence_id, q.meter
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
        await tx.Execute(CountSql, new { open.Emitter, open.Epoch, open.Reason, open.Licence, Now = clock.GetUtcNow() });
        // 4
        foreach (var sum in sums.Where(s => s.Leased))
        {
            var total = await tx.QueryOne<long>(
                """
                select quantity::bigint from metering.spent
                where emitter = @Emitter and epoch = @Epoch and licence_id = @LicenceId and meter = @Meter
                """,
                new { open.Emitter, open.Epoch, sum.LicenceId, Meter = (short)sum.Meter });
            await grants.Cover(tx, new GateId(open.Emitter), open.Epoch, sum.LicenceId, sum.Meter, total);
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
        return null;
    }

    private Task Open(Tx tx, EventRange range, string reason, string licence, long events, string quantity)
    {
        var gate = new GateId(range.Emitter);
        tx.AfterCommit(() => LogSetAside(gate, range.Epoch, licence, reason));
        return setAsides.Put(
            tx,
            UsageFault.Kind(reason),
            string.Create(CultureInfo.InvariantCulture, $"{gate}/{range.Epoch}/{licence}"),
            string.Create(CultureInfo.InvariantCulture, $"{events} events of {quantity} in all do not count."),
            new JsonObject
            {
                ["gate_id"] = gate.ToString(), ["epoch"] = range.Epoch, ["licence"] = licence, ["events"] = events, ["quantity"] = quantity,
            });
    }

    private const string CountSql =
        $"""
        with taken as (
          update metering.quarantine q set state = 'accepted', decided_at = @Now, work_id = l.work_id,
            time_ms = least(q.time_ms, (extract(epoch from q.found_at) * 1000)::bigint)
          from metering.licence l where l.licence_id = q.licence_id and {OpenCase.Sql}
          returning q.*),
        shown as (
          insert into metering.rollup (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
          select licence_id, meter, to_timestamp(time_ms / 3600000 * 3600), work_id, emitter, epoch, sum(quantity), count(*)
          from taken group by licence_id, meter, to_timestamp(time_ms / 3600000 * 3600), work_id, emitter, epoch
          on conflict (licence_id, meter, hour, emitter, epoch, work_id) do update
            set quantity = rollup.quantity + excluded.quantity, events = rollup.events + excluded.events)
        insert into metering.spent (emitter, epoch, licence_id, meter, quantity)
        select emitter, epoch, licence_id, meter, sum(quantity) from taken group by emitter, epoch, licence_id, meter
        on conflict (emitter, epoch, licence_id, meter) do update set quantity = spent.quantity + excluded.quantity
        """;

    [LoggerMessage(2002, LogLevel.Warning, "Gate {Gate} epoch {Epoch} reported usage of {Licence} that does not count: {Reason}.")]
    private partial void LogSetAside(GateId gate, long epoch, string licence, string reason);

    private sealed record Found(string Reason, LicenceId LicenceId, long Events, string Quantity, long LastSeq, int Cases);

    private sealed record Sum(LicenceId LicenceId, Meter Meter, bool Known, bool TooMuch, bool Leased);

    /// <summary>What a row is about, read from its subject: the detail is for people and may be another one's newest.</summary>
    private sealed record OpenCase(Guid Emitter, long Epoch, string Reason, Guid? Licence)
    {
        public const string Sql =
            """
            q.emitter = @Emitter and q.epoch = @Epoch and q.reason = @Reason and q.state = 'open'
              and (@Licence::uuid is null or q.licence_id = @Licence)
            """;

        public static OpenCase Of(SetAsideRow row)
        {
            var parts = row.Subject.Split('/');
            return new OpenCase(
                GateId.Parse(parts[0], null).Value,
                long.Parse(parts[1], CultureInfo.InvariantCulture),
                row.Kind[(row.Kind.IndexOf('.', StringComparison.Ordinal) + 1)..],
                parts[2] == AllLicences ? null : LicenceId.Parse(parts[2], null).Value);
        }
    }
}
