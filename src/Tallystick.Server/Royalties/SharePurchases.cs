using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Shares one-off prices whose refund window has ended: by the rule that was in force when they were paid, and the fee of
/// their licence. They were paid long ago: nothing is rounded or carried.
/// </summary>
internal sealed class SharePurchases(
    Database database, DuePurchases purchases, ChargeRows rows, TopUpLosses losses) : IRunStep
{
    public string State => "sharing";

    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            var due = await purchases.Of(tx, run.Id, new PurchaseId(run.AfterId), most);
            if (due.Count == 0)
            {
                await rows.Aggregate(tx, run);
                // Every charge is made: what had been lost of top-ups reaches the shares they paid for before anybody is paid.
                await losses.OfRun(tx, run.Id);
                await run.MoveOn(tx, "statements");
                CrashPoint.Reach("billing.shared_before_commit");
                return;
            }

            var versions = await EffectiveRules.VersionsAt(tx, [.. due.Select(d => (d.WorkId, d.PaidAt))]);
            var rules = await EffectiveRules.Of(tx, [.. due.Select(d => (d.WorkId, d.Creator, versions[(d.WorkId, d.PaidAt)]))]);
            var parts = await rows.PartsOf(tx, run, rules.Values);
            var known = await Licences(tx, due);
            await rows.Save(
                tx, run,
                [.. due.Select(d => Share(
                    d, known.GetValueOrDefault(d.PurchaseId), rules[(d.WorkId, versions[(d.WorkId, d.PaidAt)])], run, parts))],
                parts);
            await run.After(tx, due[^1].PurchaseId.Value);
        },
        stop);

    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run)
    {
        if (await purchases.Next(tx, run.Id, new PurchaseId(run.AfterId)) is not { } purchase)
        {
            return null;
        }

        await run.After(tx, purchase);
        return new FailedRow(LeftOut.Purchase, new PurchaseId(purchase).ToString());
    }

    private static Charged Share(DuePurchase due, Known? known, EffectiveRule rule, RunRow run, Parts parts)
    {
        var fee = known?.FeeBasisPoints ?? run.FeeBasisPoints;
        return new Charged(
            due.PurchaseId.Value, 0, known?.LicenceId, due.PurchaseId, due.WorkId, due.Title, due.Buyer, due.Creator,
            known?.Pseudonym, 0, 1, 0, "{}", due.Currency, fee,
            parts.Split(due.Currency, due.Minor, fee, rule, due.Buyer, due.Creator), 0, ExactAmount.Zero, ExactAmount.Zero, rule);
    }

    private static async Task<Dictionary<PurchaseId, Known>> Licences(Tx tx, IReadOnlyList<DuePurchase> due)
    {
        var arguments = new { Ids = due.Select(d => d.PurchaseId.Value).ToArray() };
        var known = await tx.Query<Known>(KnownSql, arguments);
        if (known.Any(k => k.FeeBasisPoints is null))
        {
            await LearnLicence.Fees(tx, [.. known.Where(k => k.FeeBasisPoints is null).Select(k => k.LicenceId)]);
            known = await tx.Query<Known>(KnownSql, arguments);
        }

        return known.ToDictionary(k => k.PurchaseId);
    }

    private const string KnownSql =
        """
        select purchase_id, licence_id, pseudonym, fee_basis_points from royalties.licence where purchase_id = any(@Ids)
        """;

    private sealed record Known(PurchaseId PurchaseId, LicenceId LicenceId, BuyerPseudonym Pseudonym, int? FeeBasisPoints);
}
