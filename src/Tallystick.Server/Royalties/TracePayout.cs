using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>From a payout back to what earned it: runs, charges, seals, and the events of one seal when asked for.</summary>
internal sealed class TracePayout(Database database, PayoutQueue payouts, MeteredRequests requests)
{
    public static void Map(WebApplication app) => app
        .MapGet("/v1/payouts/{id}/trace", async (
            PayoutId id, TracePayout slice, Caller caller, CancellationToken stop, long after = 0, int limit = 50,
            long? line = null, long afterSeq = 0) =>
            (await slice.Handle(id, caller, new(after, limit, line, afterSeq), stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.StatementsRead)
        .WithName("TracePayout")
        .WithSummary("The charges that a payout pays, a page; with 'line' also the usage events behind that line.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound);

    public async Task<Outcome<View>> Handle(PayoutId id, Caller caller, Wanted wanted, CancellationToken stop)
    {
        if ((NumberedPage.Check(wanted.Limit, wanted.After) ?? NumberedPage.Check(wanted.Limit, wanted.AfterSeq, "afterSeq")) is { } invalid)
        {
            return invalid;
        }

        if (await payouts.Find(id, stop) is not { } payout ||
            (payout.OrganisationId != caller.Organisation && !caller.IsOperator))
        {
            return Problems.NotFound.With("No payout of yours has this id.");
        }

        // In the order of the payee's own shares: what all others earned in the same runs is not looked at.
        var lines = await database.Query<Row>(
            $"""
            select c.id as line_id, c.line, c.run_id, c.work_id, c.title, c.licence_id, c.pseudonym, c.purchase_id, c.meter, c.quantity,
              c.gross, s.minor, s.held_back, c.currency, c.rule_version, c.seals
            from royalties.share s join royalties.charge c on c.id = s.charge_id
            where s.payee = @Payee and s.charge_id > @After {(wanted.Line is null ? "" : "and s.charge_id = @Line")}
              and exists (
                select 1 from royalties.earning e
                where e.payout_id = @id and e.payee = @Payee and e.run_id = c.run_id and e.currency = c.currency)
              and s.charge_id >= (
                select min(first.id) from royalties.earning e
                cross join lateral (select min(id) as id from royalties.charge where run_id = e.run_id) first where e.payout_id = @id)
            order by s.charge_id limit @Limit
            """,
            new { id, Payee = payout.OrganisationId, wanted.After, wanted.Line, wanted.Limit },
            stop);
        var released = await database.Query<Held>(
            "select run_id, minor, currency from royalties.holdback where payout_id = @id order by run_id limit 1000",
            new { id },
            stop);
        return new View(
            payout,
            [.. lines.Select(l => new Line(
                l.LineId, l.RunId, l.WorkId, l.Title, l.Pseudonym, l.PurchaseId,
                StatementLines.MeterName((Core.Usage.Meter)l.Meter), l.Quantity, new(l.Gross, l.Currency),
                new(l.Minor, l.Currency), new(l.HeldBack, l.Currency), l.RuleVersion,
                [.. l.Seals.Select(s => new SealId(s))]))],
            [.. released.Select(r => new Released(r.RunId, new(r.Minor, r.Currency)))],
            wanted.Line is null || lines is not [var one] ? [] : await Events(one, wanted, stop));
    }

    /// <summary>Events behind one line, seal by seal, a page of them.</summary>
    private async Task<IReadOnlyList<JsonObject>> Events(Row line, Wanted wanted, CancellationToken stop)
    {
        var events = new List<JsonObject>();
        foreach (var seal in line.LicenceId is null ? [] : line.Seals)
        {
            var page = await requests.InSeal(
                new SealId(seal), line.LicenceId!.Value, wanted.AfterSeq, wanted.Limit - events.Count, stop);
            var versions = await database.InTransaction(
                tx => EffectiveRules.VersionsAt(tx, [.. page.Select(e => (line.WorkId, TraceRequest.At(e)))]), stop);
            // A seal also holds use under other versions of the rule: that stands on lines of its own.
            events.AddRange(page
                .Where(e => line.Line == 0 || versions[(line.WorkId, TraceRequest.At(e))] == line.RuleVersion).Select(e => e.Event));
            if (events.Count >= wanted.Limit)
            {
                break;
            }
        }

        return events;
    }

    /// <param name="Line">Only this line, with its events.</param>
    /// <param name="AfterSeq">Events after this number of their epoch.</param>
    internal sealed record Wanted(long After, int Limit, long? Line, long AfterSeq);

    internal sealed record Line(
        long LineId, BillingRunId BillingRunId, WorkId WorkId, string Title, BuyerPseudonym? Buyer, PurchaseId? PurchaseId,
        string Meter, long Quantity, Money Gross, Money Share, Money HeldBack, int RuleVersion, IReadOnlyList<SealId> Seals);

    internal sealed record Released(BillingRunId BillingRunId, Money Amount);

    /// <param name="Released">What was held back by earlier runs and is paid with this.</param>
    internal sealed record View(
        PayoutView Payout, IReadOnlyList<Line> Lines, IReadOnlyList<Released> Released, IReadOnlyList<JsonObject> Events);

    private sealed record Row(
        long LineId, long Line, BillingRunId RunId, WorkId WorkId, string Title, LicenceId? LicenceId, BuyerPseudonym? Pseudonym,
        PurchaseId? PurchaseId, int Meter, long Quantity, long Gross, long Minor, long HeldBack, Currency Currency,
        int RuleVersion, Guid[] Seals);

    private sealed record Held(BillingRunId RunId, long Minor, Currency Currency);
}
