using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/epochs</c>: the number under which a gate's new log counts its events. A gate that lost an answer
/// asks again and gets a higher one: numbers may be skipped, never used twice. 1. The gate's row is locked: of two that ask
/// one is first. 2. While the instance that holds the newest epoch lives, no other gets one: the secret alone must not be
/// enough to make a live gate worthless. 3. The attempt is kept for the operator. 4. Else the epoch and the name go over.
/// </summary>
internal static partial class IssueEpoch
{
    public static async Task<IResult> Handle(
        GateCaller gate,
        Database database,
        SetAsides cases,
        TimeProvider clock,
        ILoggerFactory logs,
        EpochRequest request,
        CancellationToken stop)
    {
        if (request.Instance == Guid.Empty)
        {
            return Problems.Invalid("instance", "the id of the gate's data folder: an epoch belongs to one.").ToHttp();
        }

        var outcome = await database.InTransaction(
            tx => Issue(tx, gate.Gate, request.Instance, cases, clock.GetUtcNow()), stop);
        if (outcome.Refusal is not null)
        {
            LogRefused(logs.CreateLogger(typeof(IssueEpoch)), gate.Gate);
        }

        return outcome.ToHttp(Results.Ok);
    }

    private static async Task<Outcome<EpochGrant>> Issue(
        Tx tx, GateId gate, Guid asker, SetAsides cases, DateTimeOffset now)
    {
        // 1
        var (name, holder, heardAt) = (await tx.QueryOne<Holder>(
            "select name, holder as id, holder_seen_at as heard_at from access.gate where id = @gate for update", new { gate }))!;
        // 2
        if (!EpochHolding.MayHave(holder, heardAt, asker, now))
        {
            // 3
            await tx.Execute(
                "update access.gate set refused_at = @now, refused_times = refused_times + 1 where id = @gate", new { gate, now });
            await cases.Put(tx, GateCases.SecondProcess, name, "It asked for an epoch while the gate's holder lives.");
            return AccessProblems.GateHeld.With($"Its holder was heard {(long)(now - heardAt!.Value).TotalSeconds} s ago.");
        }

        // 4
        var epoch = await tx.QueryOne<long>(
            """
            update access.gate set last_epoch = last_epoch + 1, holder = @asker, holder_seen_at = @now, reasons = '{}'
            where id = @gate returning last_epoch
            """,
            new { gate, asker, now });
        return new EpochGrant(gate, epoch);
    }

    private sealed record Holder(string Name, Guid? Id, DateTimeOffset? HeardAt);

    [LoggerMessage(7510, LogLevel.Error, "A second process showed the secret of gate {Gate} and asked for an epoch while its holder lives.")]
    private static partial void LogRefused(ILogger log, GateId gate);
}
