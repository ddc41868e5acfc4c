using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Issues the statements of a run: one for each creator and each buyer and currency, with a receipt in the log that
/// commits to every byte of its CSV.
/// </summary>
internal sealed class IssueStatements(Database database, LogReceipts receipts, IdSource ids, TimeProvider clock) : IRunStep
{
    private const int AtOnce = 200;

    public string State => "statements";

    /// <summary>Issues some that are missing, and moves on when none is.</summary>
    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            if (!await Some(tx, run, Math.Min(most, AtOnce)))
            {
                await run.MoveOn(tx, "payouts");
            }

            CrashPoint.Reach("billing.statements_before_commit");
        },
        stop);

    /// <summary>It is not issued: what was left out of a run is no longer missing.</summary>
    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run) =>
        (await tx.Query<Missing>(MissingSql, new { run.Id, AtOnce = 1 })) is [var next] ? new FailedRow(LeftOut.Other, next.Subject) : null;

    private async Task<bool> Some(Tx tx, RunRow run, int most)
    {
        var missing = await tx.Query<Missing>(MissingSql, new { run.Id, AtOnce = most });
        foreach (var role in missing.GroupBy(m => m.Role))
        {
            var lines = (await tx.Query<StatementLine>(StatementLines.AllSql(role.Key), new
            {
                Run = run.Id,
                Organisations = role.Select(m => m.Organisation).ToArray(),
                Currencies = role.Select(m => m.Currency.Code).Distinct().ToArray(),
            })).ToLookup(l => (l.Organisation, l.Currency));
            await Issue(tx, run, [.. role.Select(m => Draft.Of(ids.New<StatementId>(), m, [.. lines[(m.Organisation, m.Currency)]]))]);
        }

        return missing.Count > 0;
    }

    private async Task Issue(Tx tx, RunRow run, List<Draft> drafts)
    {
        var issued = await receipts.AppendAll(
            tx, ReceiptKind.StatementIssued,
            [.. drafts.Select(d => new NewReceipt(d.Id.ToString(), d.Opening(run), [new OrganisationId(d.Statement.Organisation)]))]);
        await tx.Execute(
            """
            insert into royalties.statement (
              id, run_id, organisation_id, role, currency, lines, gross, fee, total, held_back, issued_at, lines_sha256, receipt_id)
            select i, @Run, o, r, c, n, g, f, t, h, @Now, s, e
            from unnest(
              @Ids, @Organisations, @Roles, @Currencies, @Counts, @Gross, @Fees, @Totals, @Held, @Hashes, @Receipts)
              u (i, o, r, c, n, g, f, t, h, s, e)
            """,
            new
            {
                Run = run.Id,
                Now = clock.GetUtcNow(),
                Ids = drafts.Select(d => d.Id.Value).ToArray(),
                Organisations = drafts.Select(d => d.Statement.Organisation).ToArray(),
                Roles = drafts.Select(d => d.Statement.Role).ToArray(),
                Currencies = drafts.Select(d => d.Statement.Currency.Code).ToArray(),
                Counts = drafts.Select(d => d.Lines.Count).ToArray(),
                Gross = drafts.Select(d => d.Lines.Sum(l => l.Gross)).ToArray(),
                Fees = drafts.Select(d => d.Lines.Sum(l => l.Fee)).ToArray(),
                Totals = drafts.Select(d => d.Total).ToArray(),
                Held = drafts.Select(d => d.Lines.Sum(l => l.HeldBack)).ToArray(),
                Hashes = drafts.Select(d => d.Hash).ToArray(),
                Receipts = issued.Select(r => r.Value).ToArray(),
            });
    }

    private const string MissingSql =
        """
        select w.organisation, w.role, w.currency, w.subject from (
          select *, 'statement ' || organisation || '/' || role || '/' || currency as subject from (
          select payee as organisation, 'creator' as role, currency from royalties.earning where run_id = @Id
          union
          select buyer, 'buyer', currency from royalties.charge where run_id = @Id) o) w
        where not exists (
          select 1 from royalties.statement s where s.run_id = @Id and s.organisation_id = w.organisation
            and s.role = w.role and s.currency = w.currency)
          and not exists (
            select 1 from royalties.left_out l where l.run_id = @Id and l.step = 'statements' and l.subject = w.subject)
        order by 1, 2, 3 limit @AtOnce
        """;

    private sealed record Missing(Guid Organisation, string Role, Currency Currency, string Subject);

    /// <summary>A statement that is about to be issued.</summary>
    private sealed record Draft(StatementId Id, Missing Statement, List<StatementLine> Lines, string Hash)
    {
        public long Total => Lines.Sum(l => l.Minor);

        public static Draft Of(StatementId id, Missing missing, List<StatementLine> lines) => new(
            id, missing, lines, Convert.ToHexStringLower(SHA256.HashData(StatementLines.Csv(lines, missing.Role))));

        public JsonObject Opening(RunRow run) => new()
        {
            ["statement"] = Id.ToString(),
            ["billing_run"] = run.Id.ToString(),
            ["role"] = Statement.Role,
            ["up_to"] = run.UpTo.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            ["currency"] = Statement.Currency.Code,
            ["lines"] = Lines.Count.ToString(CultureInfo.InvariantCulture),
            ["total_minor"] = Total.ToString(CultureInfo.InvariantCulture),
            ["lines_sha256"] = Hash,
        };
    }
}
