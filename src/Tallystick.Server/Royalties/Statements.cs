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
            bool newest = true, string? role = null) =>
            (await slice.List(caller, new(role, newest, after), limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ListStatements")
            .WithSummary(
                "Statements of the caller's organisation, newest first or, with newest=false, oldest first; with 'role' only those it has "
                + "as creator or as buyer.")
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

    public async Task<Outcome<Page<StatementSummary>>> List(
        Caller caller, StatementsWanted wanted, int limit, CancellationToken stop) =>
        wanted.Role is null or "creator" or "buyer"
            ? await Page<StatementSummary>.Read(
                limit,
                most => reader.List(caller.Organisation, wanted, most, stop),
                s => s.StatementId.ToString())
            : Problems.Invalid("role", "creator or buyer.");

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

        var read = await reader.Lines(summary, after, limit + 1, stop);
        var lines = read.Take(limit).ToList();
        var seals = await receipts.Places(
            ReceiptKind.UsageSealed, [.. lines.SelectMany(l => l.Seals).Distinct().Select(s => new SealId(s).ToString())], stop);
        var own = await receipts.Places(ReceiptKind.StatementIssued, [id.ToString()], stop);
        return new View(
            summary, own.TryGetValue(id.ToString(), out var place) ? place : null, [.. lines.Select(l => LineOf(l, seals))],
            read.Count > limit ? lines[^1].ChargeId : null);
    }

    public async Task<Outcome<byte[]>> Csv(StatementId id, Caller caller, CancellationToken stop) =>
        await reader.Find(id, stop) is { } summary && summary.OrganisationId == caller.Organisation
            ? StatementLines.Csv(await reader.Lines(summary, stop), summary.Role)
            : Problems.NotFound.With("No statement of yours has this id.");

    private static Line LineOf(StatementLine line, IReadOnlyDictionary<string, long> places) => new(
        line.ChargeId, line.WorkId, line.Title, line.LicenceId, line.Pseudonym, line.PurchaseId,
        StatementLines.MeterName(line.Meter), line.Quantity, new Money(line.Gross, line.Currency),
        new Money(line.Fee, line.Currency), new Money(line.Minor, line.Currency), new Money(line.HeldBack, line.Currency),
        line.RuleVersion, line.CarryBefore, line.CarryAfter, [.. line.Seals.Select(s => SealOf(new(s), places))]);

    private static Seal SealOf(SealId seal, IReadOnlyDictionary<string, long> places) =>
        new(seal, places.TryGetValue(seal.ToString(), out var place) ? place : null);

    /// <param name="LogIndex">Where the seal's receipt stands in the log; null until it is published.</param>
    internal sealed record Seal(SealId SealId, long? LogIndex);

    /// <param name="Amount">A creator's share, or what a buyer paid.</param>
    /// <param name="CarryBefore">What rounding had left over, in minor units, as a fraction.</param>
    internal sealed record Line(
        long LineId, WorkId WorkId, string Title, LicenceId? LicenceId, BuyerPseudonym? Buyer, PurchaseId? PurchaseId,
        string Meter, long Quantity, Money Gross, Money Fee, Money Amount, Money HeldBack, int RuleVersion,
        string CarryBefore, string CarryAfter, IReadOnlyList<Seal> Seals);

    /// <param name="Next">What to send as <c>after</c> for the next lines; null at the end.</param>
    internal sealed record View(StatementSummary Statement, long? LogIndex, IReadOnlyList<Line> Lines, long? Next);
}
