using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Collects what was used earlier and was not in the wallet, the oldest first, out of what no lease holds, and before new use
/// draws on it. It is shared as the line that was not collected: by the rule and the fee of that use.
/// </summary>
internal sealed class CollectOwed(Database database, WalletDraws draws, ChargeRows rows) : IRunStep
{
    public string State => "collecting";

    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            var owed = await tx.Query<Uncollected>(OwedSql, new { run.AfterNumber, most });
            if (owed.Count == 0)
            {
                await run.MoveOn(tx, "charging");
                return;
            }

            var wallets = await draws.Lock(tx, [.. owed.Select(o => (o.Buyer, o.Currency))], []);
            var rules = await EffectiveRules.Of(tx, [.. owed.Select(o => (o.WorkId, o.Creator, o.RuleVersion))]);
            var parts = await rows.PartsOf(tx, run, rules.Values);
            var charges = new List<Charged>();
            foreach (var debt in owed)
            {
                var wallet = wallets[(debt.Buyer, debt.Currency)];
                var minor = Math.Min(debt.Minor, wallet.ForOwed);
                wallet.Collect(minor);
                if (minor > 0)
                {
                    var rule = rules[(debt.WorkId, debt.RuleVersion)];
                    var fee = debt.FeeBasisPoints ?? run.FeeBasisPoints;
                    charges.Add(new Charged(
                        debt.LicenceId.Value, -debt.Id, debt.LicenceId, null, debt.WorkId, debt.Title, debt.Buyer, debt.Creator,
                        debt.Pseudonym, debt.Meter, 0, 0, debt.Seals, debt.Currency, fee,
                        parts.Split(debt.Currency, minor, fee, rule, debt.Buyer, debt.Creator), 0,
                        ExactAmount.Zero, ExactAmount.Zero, rule));
                }
            }

            await rows.Save(tx, run, charges, parts);
            await tx.Execute(
                """
                delete from royalties.owed o using unnest(@Ids, @Minors) u (id, minor) where o.id = u.id and o.minor = u.minor;
                update royalties.owed o set minor = o.minor - u.minor from unnest(@Ids, @Minors) u (id, minor)
                where o.id = u.id and o.minor > u.minor
                """,
                new { Ids = charges.Select(c => -c.Line).ToArray(), Minors = charges.Select(c => c.Split.Gross).ToArray() });
            await run.After(tx, owed[^1].Id);
        },
        stop);

    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run)
    {
        if (await tx.QueryOne<long?>(
            "select id from royalties.owed where id > @AfterNumber order by id limit 1", new { run.AfterNumber }) is not { } debt)
        {
            return null;
        }

        await run.After(tx, debt);
        return new FailedRow(LeftOut.Other, $"owed {debt}");
    }

    private const string OwedSql =
        """
        select o.id, o.minor, o.currency, c.licence_id, c.work_id, c.title, c.buyer, c.creator, c.pseudonym, c.meter,
          c.seals::text as seals, c.rule_version, c.fee_basis_points
        from royalties.owed o join royalties.charge c on c.id = o.charge_id
        where o.id > @AfterNumber order by o.id limit @most
        """;

    private sealed record Uncollected(
        long Id, long Minor, Currency Currency, LicenceId LicenceId, WorkId WorkId, string Title, OrganisationId Buyer,
        OrganisationId Creator, BuyerPseudonym Pseudonym, int Meter, string Seals, int RuleVersion, int? FeeBasisPoints);
}
