using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// What is lost of a top-up, to a bank or by a refund made in the gateway's dashboard, reaches the shares that it paid for, as far as
/// the buyer owes it still: always those of a buyer who deals with themselves, and of others only what the operator holds back of
/// new payees. Called when it is lost and when a run has charged, so that it is the same whichever came first.
/// </summary>
internal sealed class TopUpLosses(Books books, BuyerDebts debts, PayeeAccounts accounts, TimeProvider clock)
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
            foreach (var lost in some.Count == 0 ? [] : await LostTopUps.Of(tx, some))
            {
                await Reach(tx, lost);
            }

            if (some.Count < TopUpsAtOnce)
            {
                return;
            }

            after = some[^1];
        }
    }

    /// <summary>
    /// 1 What is owed and was not reached before. 2 Charge by charge, in the order in which the top-up paid for them, less what other
    /// losses of the same top-up have reached.
    /// </summary>
    public async Task Reach(Tx tx, LostTopUp lost)
    {
        // 1
        var prefix = $"{ChargePostings.ReachedReference(lost)}/";
        var reached = -(await PostedEntries.Moved(tx, prefix, lost.Currency))
            .GetValueOrDefault(LedgerAccount.NameOf(AccountKind.BuyerDebt));
        var left = Math.Min(lost.Minor - reached, await debts.Owed(tx, lost.Buyer, lost.Currency));

        // 2
        var known = (await PostedEntries.References(tx, prefix)).ToHashSet(StringComparer.Ordinal);
        var beside = await LostTopUps.Beside(tx, lost);
        var shares = await tx.Query<FundedShare>(SharesSql, new { TopUp = lost.TopUpId, lost.Buyer });
        foreach (var charge in shares.GroupBy(s => s.ChargeId).Where(g => !known.Contains($"{prefix}{g.Key}")))
        {
            var borne = beside.Count == 0 ? [] : await PostedEntries.Standing(
                tx, [.. beside.Select(b => $"{ChargePostings.ReachedReference(b)}/{charge.Key}")]);
            var bearing = await Bear(tx, lost, [.. charge], borne, left);
            if (bearing.Count > 0)
            {
                await books.Post(tx, ChargePostings.FundedShareLost(lost, charge.Key, bearing, clock.GetUtcNow()));
                left -= bearing.Sum(b => b.Total);
            }
        }
    }

    /// <summary>A refund that the bank sent back is no loss: they have again what they bore of it.</summary>
    public async Task LetGo(Tx tx, LostTopUp lost)
    {
        var posted = (await PostedEntries.References(tx, $"{ChargePostings.ReachedReference(lost)}/"))
            .Where(r => !r.EndsWith("/undone", StringComparison.Ordinal));
        await accounts.Undo(tx, posted, ChargePostings.RefundReachedShareUndone, lost.Currency, $"refund/{lost.Name}/undone");
    }

    private async Task<List<BorneShare>> Bear(
        Tx tx, LostTopUp lost, IReadOnlyList<FundedShare> shares, IReadOnlyList<JournalLine> before, long most)
    {
        var balances = await books.LockBalances(tx, shares.SelectMany(s => new[]
        {
            LedgerAccount.Of(AccountKind.Holdback, s.Payee, lost.Currency),
            LedgerAccount.Of(AccountKind.CreatorPayable, s.Payee, lost.Currency),
        }));
        var bearing = new List<BorneShare>();
        foreach (var share in shares)
        {
            // The buyer's own debt is no payee's account, even when the two are one organisation.
            var had = before.Where(l => l.Account.Owner == share.Payee.Value && l.Account.Kind != AccountKind.BuyerDebt);
            var borne = FundedLoss.Of(
                new FundedPortion(
                    share.Minor, share.HeldAsNew, share.Funded, share.Gross, share.IsSelfDealing, had.Sum(l => l.Amount.Minor)),
                Math.Max(0, -balances[LedgerAccount.Of(AccountKind.Holdback, share.Payee, lost.Currency)]),
                Math.Max(0, -balances[LedgerAccount.Of(AccountKind.CreatorPayable, share.Payee, lost.Currency)]),
                most - bearing.Sum(b => b.Total));
            if (borne.Total > 0)
            {
                bearing.Add(new BorneShare(share.Payee, borne));
            }
        }

        return bearing;
    }

    private static readonly string SharesSql =
        $"""
        select f.charge_id, f.minor as funded, c.gross, s.payee, s.minor, @Buyer in (s.payee, c.creator) as is_self_dealing,
          case when {HeldShares.IsHeld("s.as_new_until")} then s.held_as_new else 0 end as held_as_new
        from royalties.funding f join royalties.charge c on c.id = f.charge_id
        join royalties.share s on s.charge_id = c.id
        where f.top_up_id = @TopUp and (@Buyer in (s.payee, c.creator) or s.held_as_new > 0)
        order by f.charge_id, s.payee
        """;

    private sealed record FundedShare(
        long ChargeId, long Funded, long Gross, OrganisationId Payee, long Minor, bool IsSelfDealing, long HeldAsNew);
}
