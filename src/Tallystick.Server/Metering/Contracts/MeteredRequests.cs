using System.Text.Json.Nodes;
using Dapper;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>One event of a request and where it went.</summary>
/// <param name="Event">The event as CloudEvents JSON.</param>
/// <param name="LicenceId">Under which licence.</param>
/// <param name="SealId">The seal, or null when it is not sealed yet.</param>
/// <param name="BillingRun">The run that billed it, or null: not billed yet, or set aside.</param>
internal sealed record MeteredEvent(JsonObject Event, LicenceId LicenceId, SealId? SealId, BillingRunId? BillingRun);

/// <summary>From a request to its usage, and from usage back to its requests.</summary>
internal sealed class MeteredRequests(Database database)
{
    private const string Columns =
        """
        select e.seq, e.work_id, e.unit_id, e.licence_id, e.buyer, e.meter, e.quantity, e.time_ms, e.evidence,
          e.request_id, e.pass, e.emitter, e.epoch, s.id as seal,
          case when q.seq is null then s.billing_run else q.billing_run end as billing_run
        """;

    private const string Quarantine = "left join metering.quarantine q on q.emitter = e.emitter and q.epoch = e.epoch and q.seq = e.seq";

    /// <summary>Every event that this request caused, in order; empty when there is none.</summary>
    public Task<IReadOnlyList<MeteredEvent>> Find(RequestId request, CancellationToken stop) => Read(
        // The last seal that begins before it: an epoch has any number of others.
        $"""
        {Columns} from metering.event e
        left join lateral (
          select * from metering.seal last where last.emitter = e.emitter and last.epoch = e.epoch and last.first_seq <= e.seq
          order by last.first_seq desc limit 1) s on e.seq <= s.last_seq
        {Quarantine} where e.request_id = @Request order by e.emitter, e.epoch, e.seq limit 1000
        """,
        new { Request = request },
        stop);

    /// <summary>Events of a licence within a seal without uses that repeat another's, in order, after a sequence number (0 to begin), one page.</summary>
    public Task<IReadOnlyList<MeteredEvent>> InSeal(
        SealId seal, LicenceId licence, long afterSeq, int most, CancellationToken stop) => Read(
        $"""
        {Columns} from metering.seal s
        join metering.event e on e.emitter = s.emitter and e.epoch = s.epoch and e.ingest_day = s.ingest_day
          and e.seq between s.first_seq and s.last_seq
        {Quarantine} where s.id = @Seal and e.licence_id = @Licence and e.seq > @AfterSeq and not e.repeated order by e.seq limit @Most
        """,
        new { Seal = seal, Licence = licence, AfterSeq = afterSeq, Most = most },
        stop);

    private async Task<IReadOnlyList<MeteredEvent>> Read(string sql, object arguments, CancellationToken stop)
    {
        await using var connection = await database.Source.OpenConnectionAsync(stop);
        var rows = await connection.QueryAsync<StoredEvent, Where, MeteredEvent>(
            new CommandDefinition(sql, arguments, cancellationToken: stop),
            (stored, at) => new MeteredEvent(
                EventDocument.Of(at.Emitter, at.Epoch, stored), new LicenceId(stored.LicenceId), at.Seal, at.BillingRun),
            splitOn: "emitter");
        return rows.AsList();
    }

    private sealed record Where(Guid Emitter, long Epoch, SealId? Seal, BillingRunId? BillingRun);
}
