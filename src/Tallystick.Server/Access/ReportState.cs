using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/state</c>: how a gate is, for the operator, and that its holder lives. 1. Only the holder's word counts;
/// another instance hears that it is fenced and changes nothing. 2. A holder whose epoch this database does not know was given
/// it before a restore: the number is taken up again, so that it is never given to anybody else.
/// 3. What lasts, or is lost without a hand, becomes a case of the operator.
/// </summary>
internal static class ReportState
{
    // A restore loses minutes or days, not more starts of one gate than this.
    private const long LostEpochsMost = 100;

    public static async Task<IResult> Handle(
        GateState state, GateCaller gate, Database database, SetAsides cases, TimeProvider clock, CancellationToken stop) =>
        Check(state) is { } invalid
            ? invalid.ToHttp()
            : Results.Ok(await database.InTransaction(tx => Take(tx, state, gate.Gate, cases, clock.GetUtcNow()), stop));

    private static async Task<GateStanding> Take(Tx tx, GateState state, GateId gate, SetAsides cases, DateTimeOffset now)
    {
        var known = (await tx.QueryOne<Known>(
            "select name, holder, last_epoch, not_ready_since, events_set_aside from access.gate where id = @gate for update",
            new { gate }))!;
        // 1, 2
        if ((known.Holder ?? state.Instance) != state.Instance || state.Epoch < known.LastEpoch ||
            state.Epoch > known.LastEpoch + LostEpochsMost)
        {
            return new GateStanding(Fenced: true);
        }

        DateTimeOffset? since = state.Reasons.Count == 0 ? null : known.NotReadySince ?? now;
        await tx.Execute(
            """
            update access.gate set holder = @Instance, holder_seen_at = @now, state_at = @now, reasons = @Reasons,
              not_ready_since = @since, events_waiting = @EventsWaiting, events_set_aside = @EventsSetAside, last_epoch = @Epoch
            where id = @gate
            """,
            new
            {
                state.Instance,
                now,
                Reasons = state.Reasons.ToArray(),
                since,
                state.EventsWaiting,
                state.EventsSetAside,
                state.Epoch,
                gate,
            });
        // 3
        if (since is null)
        {
            await cases.Resolve(tx, GateCases.NotReady, known.Name, "ready");
        }
        else if (now - since >= GateCases.After)
        {
            await cases.Put(tx, GateCases.NotReady, known.Name, string.Join("; ", state.Reasons));
        }

        if (state.EventsSetAside > known.EventsSetAside)
        {
            await cases.Put(tx, GateCases.EventsRefused, known.Name, $"There are {state.EventsSetAside} of them.");
        }

        return new GateStanding(Fenced: false);
    }

    private sealed record Known(string Name, Guid? Holder, long LastEpoch, DateTimeOffset? NotReadySince, long EventsSetAside);

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
