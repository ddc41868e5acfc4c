using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>What each bears of a sale that is taken back.</summary>
internal sealed record BorneSale(long Fee, IReadOnlyList<BorneShare> Payees)
{
    public long Total => Fee + Payees.Sum(p => p.Total);
}

/// <summary>
/// Who bears a purchase that was taken back after it had been shared, and how much: a lost dispute, or a refund made in the gateway's
/// dashboard. Whatever of the sale was taken back before is reckoned, by whichever way: nobody bears it twice.
/// </summary>
internal sealed class SaleLosses(Books books, TimeProvider clock)
{
    /// <summary>
    /// 1 What each got of it. 2 What each has borne of it. 3 The split, out of what is held back and then as a debt. Null when
    /// nothing was shared.
    /// </summary>
    public async Task<BorneSale?> Of(Tx tx, PurchaseId purchase, Currency currency, long uncovered)
    {
        // 1
        var shares = await tx.Query<Part>(
            """
            select s.payee, sum(s.minor)::bigint as minor from royalties.charge c join royalties.share s on s.charge_id = c.id
            where c.purchase_id = @purchase group by s.payee order by s.payee
            """,
            new { purchase });
        if (shares.Count == 0)
        {
            return null;
        }

        var fee = await tx.QueryOne<long>(
            "select coalesce(sum(fee), 0)::bigint from royalties.charge where purchase_id = @purchase", new { purchase });

        // 2. Locked before it is read: of two that take back the same sale, the later one knows of the other.
        var held = await books.LockBalances(
            tx, shares.Select(s => LedgerAccount.Of(AccountKind.Holdback, s.Payee, currency)));
        var returns = await SaleReturns.Of(tx, purchase);
        var taken = await PostedEntries.Standing(
            tx, [.. returns.References, .. returns.Losses.Select(ChargePostings.LostSharedReference)]);
        long Borne(Guid owner, params AccountKind[] kinds) =>
            taken.Where(l => l.Account.Owner == owner && kinds.Contains(l.Account.Kind)).Sum(l => l.Amount.Minor);

        // 3
        var loss = SharedLoss.Of(
            uncovered, new SalePart(fee, Borne(Guid.Empty, AccountKind.PlatformFee)),
            [.. shares.Select(s => new SalePart(
                s.Minor, Borne(s.Payee.Value, AccountKind.Holdback, AccountKind.CreatorPayable, AccountKind.CreatorDebt),
                -held[LedgerAccount.Of(AccountKind.Holdback, s.Payee, currency)]))]);
        return new BorneSale(loss.Fee, [.. shares.Zip(loss.Payees, (share, borne) => new BorneShare(share.Payee, borne))]);
    }

    /// <summary>They bear a lost dispute about a purchase that had been shared.</summary>
    public async Task Bear(Tx tx, DisputeView dispute)
    {
        if ((await PostedEntries.Lines(tx, ChargePostings.LostSharedReference(dispute.LossName!))).Count > 0)
        {
            return;
        }

        var purchase = new PurchaseId(dispute.CheckoutId);
        var borne = await Of(tx, purchase, dispute.Currency, dispute.Uncovered);
        if (borne is null && dispute.SharedIn is { } run)
        {
            // The run has claimed it and not come to it yet: the event is tried again until it has.
            throw new InvalidOperationException($"{purchase} is not shared by {run} yet.");
        }

        if (borne is { Total: > 0 })
        {
            await books.Post(tx, ChargePostings.SharedDisputeLost(dispute.LossName!, dispute.Currency, borne, clock.GetUtcNow()));
        }
    }

    /// <summary>They bear a refund as far as they have anything of the sale, and the operator the rest; false when they have nothing.</summary>
    public async Task<bool> Bear(Tx tx, UncoveredRefund refund)
    {
        if (await Of(tx, refund.PurchaseId, refund.Currency, refund.Minor) is not { Total: > 0 } borne)
        {
            return false;
        }

        await books.Post(tx, ChargePostings.RefundBorne(refund, borne, clock.GetUtcNow()));
        return true;
    }

    private sealed record Part(OrganisationId Payee, long Minor);
}
