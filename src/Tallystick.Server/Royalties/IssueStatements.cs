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
internal sealed class IssueStatements(LogReceipts receipts, IdSource ids, TimeProvider clock)
{
    private const int AtOnce = 200;

    /// <summary>Issues some that are missing; false when none is.</summary>
    public async Task<bool> Some(Tx tx, RunRow run)
    {
        var missing = await tx.Query<Missing>(MissingSql, new { run.Id, AtOnce });
        foreach (var role in missing.GroupBy(m => m.Role))
        {
            var lines = (await tx.Query<StatementLine>(StatementLines.Sql, new
            {
                Run = run.Id,
                Role = role.Key,
                Organisations = role.Select(m => m.Organisation).ToArray(),
                Currencies = role.Select(m => m.Currency.Code).Distinct().ToArray(),
            })).ToLookup(l => (l.Organisation, l.Currency));
            foreach (var statement in role)
            {
                await Issue(tx, run, statement, [.. lines[(statement.Organisation, statement.Currency)]]);
            }
        }

        return missing.Count > 0;
    }

    private async Task Issue(Tx tx, RunRow run, Missing statement, List<StatementLine> lines)
    {
        var (id, now) = (ids.New<StatementId>(), clock.GetUtcNow());
        var hash = Convert.ToHexStringLower(SHA256.HashData(StatementLines.Csv(lines, statement.Role)));
        var (gross, fee) = (lines.Sum(l => l.Gross), lines.Sum(l => l.Fee));
        var (total, held) = (lines.Sum(l => l.Minor), lines.Sum(l => l.HeldBack));
        var receipt = await receipts.Append(
            tx,
            ReceiptKind.StatementIssued,
            id.ToString(),
            new JsonObject
            {
                ["statement"] = id.ToString(),
                ["billing_run"] = run.Id.ToString(),
                ["role"] = statement.Role,
                ["up_to"] = run.UpTo.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
                ["currency"] = statement.Currency.Code,
                ["lines"] = lines.Count.ToString(CultureInfo.InvariantCulture),
                ["total_minor"] = total.ToString(CultureInfo.InvariantCulture),
                ["lines_sha256"] = hash,
            },
            [new OrganisationId(statement.Organisation)]);
        await tx.Execute(
            """
            insert into royalties.statement (
              id, run_id, organisation_id, role, currency, lines, gross, fee, total, held_back, issued_at, lines_sha256, receipt_id)
            values (@id, @Run, @Organisation, @Role, @Currency, @Count, @gross, @fee, @total, @held, @now, @hash, @receipt)
            """,
            new
            {
                id, Run = run.Id, statement.Organisation, statement.Role, statement.Currency, lines.Count, gross, fee, total,
                held, now, hash, receipt,
            });
    }

    private const string MissingSql =
        """
        select w.organisation, w.role, w.currency from (
          select payee as organisation, 'creator' as role, currency from royalties.earning where run_id = @Id
          union
          select buyer, 'buyer', currency from royalties.charge where run_id = @Id) w
        where not exists (
          select 1 from royalties.statement s where s.run_id = @Id and s.organisation_id = w.organisation
            and s.role = w.role and s.currency = w.currency)
        order by 1, 2, 3 limit @AtOnce
        """;

    private sealed record Missing(Guid Organisation, string Role, Currency Currency);
}
