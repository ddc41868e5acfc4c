using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// What a dispute does to those who got a share: a purchase that had been shared is lost, and they bear it in proportion; it is
/// won after all, and they get it back. An event only says when to look: what is true is read from the dispute itself, locked.
/// </summary>
internal sealed class BearDispute(
    Books books, PayeeAccounts accounts, TopUpLosses topUps, BuyerDebts debts, TimeProvider clock)
{
    public async Task Handle(Tx tx, string id)
    {
        if (await Disputes.Locked(tx, id) is not { } dispute)
        {
            return;
        }

        // Every loss but the present one is undone; each is undone once.
        for (var loss = 1; loss <= dispute.Losses - (dispute.IsLost ? 1 : 0); loss++)
        {
            await Undo(tx, dispute, DisputeView.LossNameOf(id, loss)!);
        }

        if (dispute is { IsLost: true, IsPurchase: true, Uncovered: > 0 })
        {
            await Bear(tx, dispute);
        }

        if (!dispute.IsPurchase)
        {
            if (dispute.IsLost)
            {
                await topUps.Reach(tx, dispute);
            }

            await debts.Settle(tx, dispute.Buyer, dispute.Currency);
        }
    }

    /// <summary>1 Only what was shared before it was lost. 2 What each got of it. 3 Split the loss as the charges were split, first from what is held back, then as debt.</summary>
    private async Task Bear(Tx tx, DisputeView dispute)
    {
        // 1
        var purchase = new PurchaseId(dispute.CheckoutId);
        var charges = (await tx.QueryOne<Shared>(
            """
            select coalesce(sum(gross), 0)::bigint as gross, coalesce(sum(fee), 0)::bigint as fee from royalties.charge
            where source_id = @CheckoutId
            """,
            dispute))!;
        if (charges.Gross == 0)
        {
            if (dispute.SharedIn is { } run)
            {
                // The run has claimed it and not come to it yet: the event is tried again until it has.
                throw new InvalidOperationException($"{purchase} is not shared by {run} yet.");
            }

            return;
        }

        // 2
        var shares = await tx.Query<Part>(
            """
            select s.payee, sum(s.minor)::bigint as minor from royalties.charge c join royalties.share s on s.charge_id = c.id
            where c.source_id = @CheckoutId group by s.payee order by s.payee
            """,
            dispute);

        // 3
        var held = await books.LockBalances(
            tx, shares.Select(s => LedgerAccount.Of(AccountKind.Holdback, s.Payee, dispute.Currency)));
        var loss = SharedLoss.Of(
            dispute.Uncovered, charges.Gross, charges.Fee,
            [.. shares.Select(s => (s.Minor, -held[LedgerAccount.Of(AccountKind.Holdback, s.Payee, dispute.Currency)]))]);
        var lines = shares.Select((s, i) => (s.Payee, loss.Payees[i].FromHoldback, loss.Payees[i].Debt)).ToList();
        var reference = ChargePostings.LostSharedReference(dispute.LossName!);
        if ((await Books.Lines(tx, reference)).Count == 0)
        {
            await books.Post(tx, ChargePostings.SharedDisputeLost(
                dispute.LossName!, dispute.Currency, loss.Fee, lines, clock.GetUtcNow()));
        }
    }

    private async Task Undo(Tx tx, DisputeView dispute, string loss)
    {
        // What a purchase's payees bore stands under the reference itself, of a top-up each charge under one below it.
        var (reference, touched) = (ChargePostings.LostSharedReference(loss), new List<LedgerAccount>());
        foreach (var posted in (await Books.References(tx, reference)).Where(r => !r.EndsWith("/undone", StringComparison.Ordinal)))
        {
            var mirror = await books.Undo(tx, posted, ChargePostings.SharedDisputeLostUndone, clock.GetUtcNow());
            touched.AddRange(mirror.Select(l => l.Account));
        }

        await accounts.PutRight(tx, touched, dispute.Currency, $"dispute/{loss}/undone");
    }

    private sealed record Shared(long Gross, long Fee);

    private sealed record Part(OrganisationId Payee, long Minor);
}
