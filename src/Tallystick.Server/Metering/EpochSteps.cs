using System.Globalization;
using Npgsql;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// Does a step of one epoch so that its failure stops only that epoch: it waits a while, the operator sees why, and every
/// other epoch goes on. Once a step succeeds again the row is resolved by itself.
/// </summary>
internal sealed partial class EpochSteps(
    Database database, SetAsides setAsides, TimeProvider clock, ILogger<EpochSteps> log)
{
    public const string Stuck = "metering.stuck_epoch";

    private static readonly TimeSpan BlockedFor = TimeSpan.FromMinutes(1);

    /// <summary>False when there was nothing to do or it failed.</summary>
    public async Task<bool> Try(WaitingEpoch one, Func<Task<bool>> step, CancellationToken stop)
    {
        try
        {
            var did = await step();
            if (one.Blocked && did)
            {
                await Unblock(one, stop);
            }

            return did;
        }
        // A database that is away is no epoch's fault: the worker itself waits for it.
        catch (Exception failure) when (failure is not (OperationCanceledException or NpgsqlException { IsTransient: true }))
        {
            LogStuck(failure, new GateId(one.Emitter), one.Epoch);
            await Block(one, failure.Message, stop);
            return false;
        }
    }

    private Task Block(WaitingEpoch one, string why, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await tx.Execute(
                "update metering.emitter set blocked_until = @Until where emitter = @Emitter and epoch = @Epoch",
                new { one.Emitter, one.Epoch, Until = clock.GetUtcNow() + BlockedFor });
            await setAsides.Put(tx, Stuck, Subject(one), why, new() { ["rolled_up"] = one.RolledSeq, ["sealed"] = one.SealedSeq });
        },
        stop);

    private Task Unblock(WaitingEpoch one, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await tx.Execute("update metering.emitter set blocked_until = null where emitter = @Emitter and epoch = @Epoch", one);
            await setAsides.Resolve(tx, Stuck, Subject(one), "It goes on.");
        },
        stop);

    private static string Subject(WaitingEpoch one) =>
        string.Create(CultureInfo.InvariantCulture, $"{new GateId(one.Emitter)}/{one.Epoch}");

    [LoggerMessage(2004, LogLevel.Error, "Usage of gate {Gate} epoch {Epoch} is stuck; other usage goes on.")]
    private partial void LogStuck(Exception failure, GateId gate, long epoch);
}
