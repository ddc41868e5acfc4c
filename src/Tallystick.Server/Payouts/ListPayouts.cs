using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>Payouts of the caller's organisation; the operator sees all, and can queue a failed one again.</summary>
internal sealed class ListPayouts(Database database, PayoutQueue queue, PayoutRecord record, WakeUps wakeUps)
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/payouts", async (
            ListPayouts slice, Caller caller, CancellationToken stop, PayoutId? after = null, int limit = 50, string? state = null,
            bool newest = true, bool mine = false) =>
            (await slice.List(caller, new(state, newest, after), mine, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ListPayouts")
            .WithSummary(
                "Payouts of the caller's organisation, newest first or, with newest=false, oldest first; only those in one 'state', where "
                + "it is given. The operator sees all, or with 'mine' the own.")
            .Produces<Page<PayoutView>>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        app.MapGet("/v1/payouts/{id}", async (
            PayoutId id, ListPayouts slice, Caller caller, CancellationToken stop) =>
            (await slice.Show(id, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ShowPayout")
            .WithSummary("One payout and where it stands.")
            .Produces<PayoutView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapPost("/v1/payouts/{id}/retry", async (PayoutId id, ListPayouts slice, CancellationToken stop) =>
            (await slice.Retry(id, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("RetryPayout")
            .WithSummary("Queues a payout again that the gateway refused for good.")
            .Produces<PayoutView>()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    public async Task<Outcome<Page<PayoutView>>> List(
        Caller caller, PayoutsWanted wanted, bool mine, int limit, CancellationToken stop)
    {
        var errors = new InputErrors().Require(
            wanted.State is null || PayoutRow.States.ContainsKey(wanted.State), "state", string.Join(", ", PayoutRow.States.Keys));
        return errors.Any
            ? errors.ToRefusal()
            : await Page<PayoutView>.Read(
                limit,
                most => queue.List(caller.IsOperator && !mine ? null : caller.Organisation, wanted, most, stop),
                p => p.PayoutId.ToString());
    }

    public async Task<Outcome<PayoutView>> Show(PayoutId id, Caller caller, CancellationToken stop) =>
        await queue.Find(id, stop) is { } view && (caller.IsOperator || view.OrganisationId == caller.Organisation)
            ? view
            : Problems.NotFound.With("No payout of yours has this id.");

    public async Task<Outcome<PayoutView>> Retry(PayoutId id, CancellationToken stop)
    {
        var queued = await database.InTransaction(
            async tx =>
            {
                tx.AfterCommit(() => wakeUps.Wake(SendPayouts.Worker));
                return await record.Requeue(tx, id);
            },
            stop);
        return await queue.Find(id, stop) switch
        {
            null => Problems.NotFound.With("No payout has this id."),
            var view when queued => view,
            var view => Problems.Conflict.With($"It is {view.State}; only a failed payout is queued again by hand."),
        };
    }
}
