using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/epochs</c>: the number under which a gate's log counts its events, and the token that speaks for it. A gate
/// that lost an answer asks again and gets a higher one: numbers may be skipped, never used twice. 1. The gate's row is locked:
/// of two that ask one is first. 2. While the instance that holds the newest epoch lives, no other gets one: the secret alone must
/// not be enough to make a live gate worthless. 3. The attempt is kept for the operator. 4. A log that goes on ends its epoch:
/// what this server has of it is fixed from here, so that the gate knows what to send under the new number. What it had been
/// acknowledged and is not here was lost with a restore. 5. Epoch and name go over.
/// </summary>
internal sealed partial class IssueEpoch(
    Database database, EpochLogs logs, SetAsides cases, TimeProvider clock, ILogger<IssueEpoch> log)
{
    // A restore loses minutes or days, not more starts of one gate than this.
    private const long LostEpochsMost = 100;

    public static async Task<IResult> Handle(GateCaller gate, IssueEpoch issue, EpochRequest request, CancellationToken stop) =>
        Check(request) is { } invalid ? invalid.ToHttp() : (await issue.To(gate.Gate, request, stop)).ToHttp(Results.Ok);

    private async Task<Outcome<EpochGrant>> To(GateId gate, EpochRequest request, CancellationToken stop)
    {
        var outcome = await database.InTransaction(tx => Issue(tx, gate, request, clock.GetUtcNow()), stop);
        if (outcome.Refusal is not null)
        {
            LogRefused(gate);
        }

        return outcome;
    }

    private async Task<Outcome<EpochGrant>> Issue(Tx tx, GateId gate, EpochRequest request, DateTimeOffset now)
    {
        // 1
        var held = (await tx.QueryOne<Held>(
            """
            select g.name, g.holder, g.holder_seen_at, g.last_epoch, e.heard_at is not null as is_in_use
            from access.gate g left join access.epoch e on e.gate = g.id and e.number = g.last_epoch
            where g.id = @gate for update of g
            """,
            new { gate }))!;
        // 2
        if (!EpochHolding.MayHave(
            new(held.Holder, held.HolderSeenAt, held.LastEpoch, held.IsInUse), request.Instance, request.Ended?.Epoch, now))
        {
            // 3
            await tx.Execute(
                "update access.gate set refused_at = @now, refused_times = refused_times + 1 where id = @gate", new { gate, now });
            await cases.Put(tx, GateCases.SecondProcess, held.Name, "It asked for an epoch while the gate's holder lives.");
            return AccessProblems.GateHeld.With($"Its holder was heard {(long)(now - held.HolderSeenAt!.Value).TotalSeconds} s ago.");
        }

        // 4
        var known = request.Ended is { } named && named.Epoch <= held.LastEpoch + LostEpochsMost ? named.Epoch : 0;
        var next = await EpochLogs.FirstFree(tx, gate, 1 + Math.Max(held.LastEpoch, known));
        var (leasesOf, endedAt) = request.Ended is { } ended
            ? await End(tx, gate, held, request.Instance, ended, next, now)
            : (next, null);
        // 5
        var (token, hash) = Epochs.NewToken();
        await tx.Execute(
            """
            insert into access.epoch (gate, number, instance, token_hash, leases_of, issued_at)
            values (@gate, @next, @Instance, @hash, @leasesOf, @now);
            update access.gate set last_epoch = @next, holder = @Instance, holder_seen_at = @now, reasons = '{}' where id = @gate;
            """,
            new { gate, next, request.Instance, hash, leasesOf, now });
        return new EpochGrant(gate, next, token, leasesOf, endedAt);
    }

    /// <summary>
    /// Ends the epoch, if it was this folder's, and all that were issued since and never heard of again. One that is not known
    /// here was issued after the backup that this database comes from: of its events none is here.
    /// </summary>
    private async Task<(long LeasesOf, long? EndedAt)> End(
        Tx tx, GateId gate, Held held, Guid instance, EndedEpoch ended, long next, DateTimeOffset now)
    {
        var isForgotten = ended.Epoch > held.LastEpoch;
        var known = await Epochs.Find(tx, gate, isForgotten ? ended.LeasesOf : ended.Epoch);
        if (known?.Instance != instance || ended.Epoch > held.LastEpoch + LostEpochsMost)
        {
            // Another's, nobody's, or further ahead than any restore goes back: the log goes on, and nothing of what was leased before is its own.
            await TellLost(tx, gate, held.Name, ended, isForgotten ? 0 : ended.Acknowledged);
            return (next, isForgotten ? 0 : null);
        }

        await tx.Execute(
            """
            update access.epoch set ended_at = @now
            where gate = @gate and leases_of = @LeasesOf and instance = @instance and ended_at is null
            """,
            new { gate, known.LeasesOf, instance, now });
        var closed = await logs.GoOn(tx, gate, ended.Epoch, next, known.LeasesOf);
        await TellLost(tx, gate, held.Name, ended, closed);
        return (known.LeasesOf, closed);
    }

    private Task TellLost(Tx tx, GateId gate, string name, EndedEpoch ended, long has)
    {
        var lost = ended.Acknowledged - has;
        if (lost <= 0)
        {
            return Task.CompletedTask;
        }

        LogLost(gate, ended.Epoch, lost);
        return cases.Put(
            tx, GateCases.EventsLost, string.Create(CultureInfo.InvariantCulture, $"{name}/{ended.Epoch}"),
            string.Create(CultureInfo.InvariantCulture, $"{lost} events after number {has} were handed in and are not here."),
            new JsonObject { ["gate"] = name, ["epoch"] = ended.Epoch, ["events"] = lost, ["after"] = has });
    }

    private static Refusal? Check(EpochRequest request)
    {
        var errors = new InputErrors()
            .Require(request.Instance != Guid.Empty, "instance", "The id of the gate's data folder: an epoch belongs to one.")
            .Require(
                request.Ended is null or { Epoch: > 0, LeasesOf: > 0, Acknowledged: >= 0 and < 1L << 60 }, "ended",
                "The number of an epoch, of the one that its leases stand under, and of the newest acknowledged event.");
        return errors.Any ? errors.ToRefusal() : null;
    }

    private sealed record Held(string Name, Guid? Holder, DateTimeOffset? HolderSeenAt, long LastEpoch, bool IsInUse);

    [LoggerMessage(7510, LogLevel.Error, "A second process showed the secret of gate {Gate} and asked for an epoch while its holder lives.")]
    private partial void LogRefused(GateId gate);

    [LoggerMessage(7511, LogLevel.Error, "Gate {Gate} had handed in {Lost} events of epoch {Epoch} that this database does not have.")]
    private partial void LogLost(GateId gate, long epoch, long lost);
}
