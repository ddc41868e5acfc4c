using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Royalties.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Statements of the caller's organisation, as JSON and as the CSV whose hash stands in the log.</summary>
internal sealed class Statements(StatementReader reader, LogReceipts receipts)
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/statements", async (
            Statements slice, Caller caller, CancellationToken stop, StatementId? after = null, int limit = 50,
            bool newest = false) =>
            (await slice.List(caller, after, newest, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ListStatements")
            .WithSummary("Statements of the caller's organisation, oldest first or, with 'newest', newest first.")
            .Produces<Page<StatementSummary>>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        app.MapGet("/v1/statements/{id}", async (
            StatementId id, Statements slice, Caller caller, CancellationToken stop, long after = 0, int limit = 200) =>
            (await slice.Show(id, caller, after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ShowStatement")
            .WithSummary("A statement with its lines, each with its seals and their place in the log; a page of lines.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/v1/statements/{id}.csv", async (
            StatementId id, Statements slice, Caller caller, CancellationToken stop) =>
            (await slice.Csv(id, caller, stop)).ToHttp(csv => Results.File(csv, "text/csv; charset=utf-8", $"{id}.csv")))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ShowStatementCsv")
            .WithSummary("All lines of a statement as CSV; the log's receipt commits to these bytes.")
            .Produces(StatusCodes.Status200OK, contentType: "text/csv")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    public Task<Outcome<Page<StatementSummary>>> List(
        Caller caller, StatementId? after, bool newest, int limit, CancellationToken stop) =>
        Page<StatementSummary>.Read(
            limit,
            most => reader.List(caller.Organisation, after, newest, most, stop),
            s => s.StatementId.ToString());

    public async Task<Outcome<View>> Show(StatementId id, Caller caller, long after, int limit, CancellationToken stop)
    {
        if (NumberedPage.Check(limit, after) is { } invalid)
        {
            return invalid;
        }

        if (await reader.Find(id, stop) is not { } summary || summary.OrganisationId != caller.Organisation)
        {
            return Problems.NotFound.With("No statement of yours has this id.");
        }

        var lines = (await reader.Lines(summary, stop)).SkipWhile(l => l.ChargeId <= after).Take(limit).ToList();
        var places = new Dictionary<Guid, long?>();
        foreach (var seal in lines.SelectMany(l => l.Seals).Distinct())
        {
            places[seal] = await Place(ReceiptKind.UsageSealed, new SealId(seal).ToString(), stop);
        }

        return new View(
            summary, await Place(ReceiptKind.StatementIssued, id.ToString(), stop), [.. lines.Select(l => LineOf(l, places))]);
    }

    public async Task<Outcome<byte[]>> Csv(StatementId id, Caller caller, CancellationToken stop) =>
        await reader.Find(id, stop) is { } summary && summary.OrganisationId == caller.Organisation
            ? StatementLines.Csv(await reader.Lines(summary, stop), summary.Role)
            : Problems.NotFound.With("No statement of yours has this id.");

    private async Task<long?> Place(ReceiptKind kind, string subject, CancellationToken stop) =>
        await receipts.Find(kind, subject, stop) is FoundReceipt.Published published ? published.Receipt.Proof.Index : null;

    private static Line LineOf(StatementLine line, Dictionary<Guid, long?> places) => new(
        line.ChargeId, line.WorkId, line.Title, line.LicenceId, line.Pseudonym, line.PurchaseId,
        StatementLines.MeterName(line.Meter), line.Quantity, new Money(line.Gross, line.Currency),
        new Money(line.Fee, line.Currency), new Money(line.Minor, line.Currency), new Money(line.HeldBack, line.Currency),
        line.RuleVersion, line.CarryBefore, line.CarryAfter, [.. line.Seals.Select(s => new Seal(new SealId(s), places[s]))]);

    /// <param name="LogIndex">Where the seal's receipt stands in the log; null until it is published.</param>
    internal sealed record Seal(SealId SealId, long? LogIndex);

    /// <param name="Amount">A creator's share, or what a buyer paid.</param>
    /// <param name="CarryBefore">What rounding had left over, in minor units, as a fraction.</param>
    internal sealed record Line(
        long LineId, WorkId WorkId, string Title, LicenceId? LicenceId, BuyerPseudonym? Buyer, PurchaseId? PurchaseId,
        string Meter, long Quantity, Money Gross, Money Fee, Money Amount, Money HeldBack, int RuleVersion,
        string CarryBefore, string CarryAfter, IReadOnlyList<Seal> Seals);

    internal sealed record View(StatementSummary Statement, long? LogIndex, IReadOnlyList<Line> Lines);
}
