using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Writes down which top-up paid for which charge. What is lost of a top-up later can so reach the shares it paid for, and
/// reaches the same ones whether the run or the loss came first.
/// </summary>
internal static class Funding
{
    /// <param name="charges">Charges of wallets, in the order in which they were drawn.</param>
    public static async Task Save(
        Tx tx, IReadOnlyList<(long Charge, OrganisationId Buyer, Currency Currency, long Minor)> charges)
    {
        OrganisationId[] buyers = [.. charges.Select(c => c.Buyer).Distinct()];
        var paid = await TopUps.PaidBy(tx, buyers);
        var used = (await tx.Query<Use>(
            "select top_up_id, minor from royalties.top_up_use where top_up_id = any(@Ids) for update",
            new { Ids = paid.Select(p => p.TopUpId.Value).ToArray() })).ToDictionary(u => u.TopUpId, u => u.Minor);
        var queues = paid.GroupBy(p => (p.Buyer, p.Currency)).ToDictionary(
            g => g.Key,
            g => new TopUpQueue(g.Select(p => new FundedPart(p.TopUpId.Value, p.Minor - used.GetValueOrDefault(p.TopUpId.Value)))));
        foreach (var debt in await TopUps.DebtsPaidBy(tx, buyers))
        {
            // Of the oldest that is left: what a gate gave back of a top-up that was lost has paid for that loss, and for no use.
            queues.GetValueOrDefault((debt.Buyer, debt.Currency))?.Take(debt.Minor);
        }

        var parts = charges
            .Where(c => queues.ContainsKey((c.Buyer, c.Currency)))
            .SelectMany(c => queues[(c.Buyer, c.Currency)].Take(c.Minor), (c, part) => (c.Charge, part.TopUp, part.Minor))
            .ToList();
        await tx.Execute(
            """
            insert into royalties.funding (charge_id, top_up_id, minor) select * from unnest(@Charges, @TopUps, @Minors);
            insert into royalties.top_up_use as t (top_up_id, minor)
            select u.id, sum(u.minor) from unnest(@TopUps, @Minors) u (id, minor) group by u.id
            on conflict (top_up_id) do update set minor = t.minor + excluded.minor
            """,
            new
            {
                Charges = parts.Select(p => p.Charge).ToArray(),
                TopUps = parts.Select(p => p.TopUp).ToArray(),
                Minors = parts.Select(p => p.Minor).ToArray(),
            });
    }

    private sealed record Use(Guid TopUpId, long Minor);
}
