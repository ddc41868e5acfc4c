using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// What is lost of a top-up reaches the shares that it paid for, as far as the buyer owes it still: always those of a payee who is
/// the buyer, and of others only what the operator holds back of new payees. Called when a dispute is lost and when a run has
/// charged, so that it is the same whichever came first.
/// </summary>
internal sealed class TopUpLosses(Books books, BuyerDebts debts, TimeProvider clock)
{
    private const int TopUpsAtOnce = 5_000;

    /// <summary>After a run has charged: top-ups that paid for its charges and had been lost before.</summary>
    public async Task OfRun(Tx tx, BillingRunId run)
    {
        var after = Guid.Empty;
        while (true)
        {
            var some = await tx.Query<Guid>(
                """
                select distinct f.top_up_id from royalties.funding f join royalties.charge c on c.id = f.charge_id
                where c.run_id = @run and f.top_up_id > @after order by 1 limit @TopUpsAtOnce
                """,
                new { run, after, TopUpsAtOnce });
            foreach (var dispute in some.Count == 0 ? [] : await Disputes.LostOf(tx, some))
            {
                await Reach(tx, dispute);
            }

            if (some.Count < TopUpsAtOnce)
            {
                return;
            }

            after = some[^1];
        }
    }

    /// <summary>1 What is owed and was not reached before. 2 Charge by charge, in the order in which the top-up paid for them.</summary>
    public async Task Reach(Tx tx, DisputeView dispute)
    {
        // 1
        var prefix = $"{ChargePostings.LostSharedReference(dispute.LossName!)}/";
        var reached = -(await PostedEntries.Moved(tx, prefix, dispute.Currency))
            .GetValueOrDefault(LedgerAccount.NameOf(AccountKind.BuyerDebt));
        var left = Math.Min(dispute.Amount - reached, await debts.Owed(tx, dispute.Buyer, dispute.Currency));

        // 2
        var known = (await PostedEntries.References(tx, prefix)).ToHashSet(StringComparer.Ordinal);
        var shares = await tx.Query<FundedShare>(SharesSql, new { TopUp = dispute.CheckoutId, dispute.Buyer, Now = clock.GetUtcNow() });
        foreach (var charge in shares.GroupBy(s => s.ChargeId).Where(g => !known.Contains($"{prefix}{g.Key}")))
        {
            var bearing = await Bear(tx, dispute, [.. charge], left);
            if (bearing.Count > 0)
            {
                await books.Post(tx, ChargePostings.FundedShareLost(
                    $"{prefix}{charge.Key}", dispute.Buyer, dispute.Currency, bearing, clock.GetUtcNow()));
                left -= bearing.Sum(b => b.Total);
            }
        }
    }

    private async Task<List<BorneShare>> Bear(Tx tx, DisputeView dispute, IReadOnlyList<FundedShare> shares, long most)
    {
        var balances = await books.LockBalances(tx, shares.SelectMany(s => new[]
        {
            LedgerAccount.Of(AccountKind.Holdback, s.Payee, dispute.Currency),
            LedgerAccount.Of(AccountKind.CreatorPayable, s.Payee, dispute.Currency),
        }));
        var bearing = new List<BorneShare>();
        foreach (var share in shares)
        {
            var borne = FundedLoss.Of(
                new FundedPortion(share.Minor, share.HeldAsNew, share.Funded, share.Gross, share.Payee == dispute.Buyer),
                Math.Max(0, -balances[LedgerAccount.Of(AccountKind.Holdback, share.Payee, dispute.Currency)]),
                Math.Max(0, -balances[LedgerAccount.Of(AccountKind.CreatorPayable, share.Payee, dispute.Currency)]),
                most - bearing.Sum(b => b.Total));
            if (borne.Total > 0)
            {
                bearing.Add(new BorneShare(share.Payee, borne));
            }
        }

        return bearing;
    }

    private const string SharesSql =
        """
        select f.charge_id, f.minor as funded, c.gross, s.payee, s.minor,
          case when s.as_new_until > @Now then s.held_as_new else 0 end as held_as_new
        from royalties.funding f join royalties.charge c on c.id = f.charge_id
        join royalties.share s on s.charge_id = c.id
        where f.top_up_id = @TopUp and (s.payee = @Buyer or s.held_as_new > 0)
        order by f.charge_id, s.payee
        """;

    private sealed record FundedShare(long ChargeId, long Funded, long Gross, OrganisationId Payee, long Minor, long HeldAsNew);
}
