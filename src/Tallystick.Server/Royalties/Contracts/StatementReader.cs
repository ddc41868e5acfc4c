using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties.Contracts;

/// <summary>A statement without its lines.</summary>
/// <param name="Role">creator or buyer.</param>
/// <param name="Total">A creator's shares, or what a buyer paid.</param>
internal sealed record StatementSummary(
    StatementId StatementId, BillingRunId BillingRunId, OrganisationId OrganisationId, string Role, DateTimeOffset UpTo,
    DateTimeOffset IssuedAt, int LineCount, Money Gross, Money Fee, Money Total, Money HeldBack, string LinesSha256,
    ReceiptId ReceiptId);

/// <summary>Reads statements, for pages and routes.</summary>
internal sealed class StatementReader(Database database)
{
    private const string Select =
        """
        select s.id, s.run_id, s.organisation_id, s.role, s.currency, r.up_to, s.issued_at, s.lines, s.gross, s.fee,
          s.total, s.held_back, s.lines_sha256, s.receipt_id
        from royalties.statement s join royalties.run r on r.id = s.run_id
        """;

    public async Task<IReadOnlyList<StatementSummary>> List(
        OrganisationId organisation, StatementsWanted wanted, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"""
            {Select} where s.organisation_id = @organisation and (@Role::text is null or s.role = @Role)
              and (@After::uuid is null or s.id {(wanted.Newest ? "<" : ">")} @After)
            order by s.id {(wanted.Newest ? "desc" : "asc")} limit @most
            """,
            new { organisation, wanted.Role, After = wanted.After?.Value, most },
            stop)).Select(View)];

    public async Task<StatementSummary?> Find(StatementId id, CancellationToken stop) =>
        await database.QueryOne<Row>($"{Select} where s.id = @id", new { id }, stop) is { } row ? View(row) : null;

    /// <summary>All lines, in the order of the CSV.</summary>
    internal Task<IReadOnlyList<StatementLine>> Lines(StatementSummary statement, CancellationToken stop) =>
        database.Query<StatementLine>(
            StatementLines.AllSql(statement.Role),
            new
            {
                Run = statement.BillingRunId,
                Organisations = new[] { statement.OrganisationId.Value },
                Currencies = new[] { statement.Total.Currency.Code },
            },
            stop);

    /// <summary>Lines after one, in the same order.</summary>
    internal Task<IReadOnlyList<StatementLine>> Lines(StatementSummary statement, long after, int most, CancellationToken stop) =>
        database.Query<StatementLine>(
            StatementLines.PageSql(statement.Role),
            new
            {
                Run = statement.BillingRunId,
                Organisation = statement.OrganisationId,
                Currency = statement.Total.Currency.Code,
                After = after,
                Most = most,
            },
            stop);

    private static StatementSummary View(Row row) => new(
        row.Id, row.RunId, row.OrganisationId, row.Role, row.UpTo, row.IssuedAt, row.Lines, new(row.Gross, row.Currency),
        new(row.Fee, row.Currency), new(row.Total, row.Currency), new(row.HeldBack, row.Currency), row.LinesSha256,
        row.ReceiptId);

    private sealed record Row(
        StatementId Id, BillingRunId RunId, OrganisationId OrganisationId, string Role, Currency Currency,
        DateTimeOffset UpTo, DateTimeOffset IssuedAt, int Lines, long Gross, long Fee, long Total, long HeldBack,
        string LinesSha256, ReceiptId ReceiptId);
}

/// <summary>Which statements, in which order.</summary>
/// <param name="Role">creator or buyer; null for both.</param>
/// <param name="Newest">Newest first, else oldest first.</param>
/// <param name="After">Those that follow this one in that order.</param>
internal sealed record StatementsWanted(string? Role = null, bool Newest = true, StatementId? After = null);
