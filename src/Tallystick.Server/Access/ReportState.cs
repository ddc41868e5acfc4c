using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/state</c>: how a gate is, for the operator, and that its holder lives. 1. An epoch that this database does not
/// know was given before a restore: its gate is told to ask for another. 2. Only who shows the epoch's token is heard. 3. Whose
/// epoch is not the newest hears that it is fenced; that it lives while another holds the gate is a case of the operator.
/// 4. What lasts, or is lost without a hand, becomes one as well.
/// </summary>
internal sealed class ReportState(Database database, Epochs epochs, SetAsides cases, TimeProvider clock)
{
    public static async Task<IResult> Handle(
        GateState state, GateCaller gate, ReportState report, [FromHeader(Name = EpochTokenHeader.Name)] string? token,
        CancellationToken stop) =>
        Check(state) is { } invalid
            ? invalid.ToHttp()
            : (await report.Take(state, gate.Gate, token, stop)).ToHttp(Results.Ok);

    private Task<Outcome<GateStanding>> Take(GateState state, GateId gate, string? token, CancellationToken stop) =>
        database.InTransaction(tx => Take(tx, state, gate, token), stop);

    private async Task<Outcome<GateStanding>> Take(Tx tx, GateState state, GateId gate, string? token)
    {
        var now = clock.GetUtcNow();
        var known = (await tx.QueryOne<Known>(
            "select name, holder, last_epoch, not_ready_since, events_set_aside from access.gate where id = @gate for update",
            new { gate }))!;
        // 1
        if (state.Epoch > known.LastEpoch)
        {
            return new GateStanding(Fenced: false, Unknown: true);
        }

        // 2
        if (!(await epochs.Speaking(tx, gate, state.Epoch, token)).Succeeded(out var epoch, out var refusal))
        {
            return refusal;
        }

        // 3
        if (!epoch.IsNewest)
        {
            if (known.Holder != epoch.Instance)
            {
                await cases.Put(tx, GateCases.SecondProcess, known.Name, "The gate's epoch went to it, and the one that held it before lives.");
            }

            return new GateStanding(Fenced: true);
        }

        DateTimeOffset? since = state.Reasons.Count == 0 ? null : known.NotReadySince ?? now;
        await tx.Execute(
            """
            update access.gate set holder_seen_at = @now, state_at = @now, reasons = @Reasons,
              not_ready_since = @since, events_waiting = @EventsWaiting, events_set_aside = @EventsSetAside
            where id = @gate
            """,
            new { now, Reasons = state.Reasons.ToArray(), since, state.EventsWaiting, state.EventsSetAside, gate });
        // 4
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
