using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/state</c>: how a gate is, for the operator, and that its holder lives. 1. Only the holder's word counts;
/// another instance hears that it is fenced and changes nothing. 2. A holder whose epoch this database does not know was given
/// it before a restore: the number is taken up again, so that it is never given to anybody else.
/// </summary>
internal static class ReportState
{
    // A restore loses minutes or days, not more starts of one gate than this.
    private const long LostEpochsMost = 100;

    public static async Task<IResult> Handle(
        GateState state, GateCaller gate, Database database, TimeProvider clock, CancellationToken stop) =>
        Check(state) is { } invalid
            ? invalid.ToHttp()
            : Results.Ok(await database.InTransaction(tx => Take(tx, state, gate.Gate, clock.GetUtcNow()), stop));

    private static async Task<GateStanding> Take(Tx tx, GateState state, GateId gate, DateTimeOffset now)
    {
        var isHolder = await tx.Execute(
            """
            update access.gate set holder = @Instance, holder_seen_at = @now, state_at = @now, reasons = @Reasons,
              events_waiting = @EventsWaiting, events_set_aside = @EventsSetAside, last_epoch = greatest(last_epoch, @Epoch)
            where id = @gate and coalesce(holder, @Instance) = @Instance
              and @Epoch between last_epoch and last_epoch + @LostEpochsMost
            """,
            new
            {
                state.Instance,
                now,
                Reasons = state.Reasons.ToArray(),
                state.EventsWaiting,
                state.EventsSetAside,
                state.Epoch,
                gate,
                LostEpochsMost,
            });
        return new GateStanding(Fenced: isHolder == 0);
    }

    private static Refusal? Check(GateState state)
    {
        var errors = new InputErrors()
            .Require(state.Epoch > 0, "epoch", "The number of the gate's epoch.")
            .Require(state.EventsWaiting >= 0, "events_waiting", "Not negative.")
            .Require(state.EventsSetAside >= 0, "events_set_aside", "Not negative.")
            .Require(state.Reasons.Count <= GateState.ReasonsMost, "reasons", $"At most {GateState.ReasonsMost}.");
        foreach (var reason in state.Reasons.Take(GateState.ReasonsMost))
        {
            errors.Text("reasons", reason, GateState.ReasonMost);
        }

        return errors.Any ? errors.ToRefusal() : null;
    }
}
