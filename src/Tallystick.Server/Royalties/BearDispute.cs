using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// What a dispute does to those who got a share: a purchase that had been shared is lost, and they bear it in proportion; it is
/// won after all, and they get it back. An event only says when to look: what is true is read from the dispute itself, locked.
/// </summary>
internal sealed class BearDispute(SaleLosses losses, PayeeAccounts accounts, TopUpLosses topUps, BuyerDebts debts)
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
            await losses.Bear(tx, dispute);
        }

        if (!dispute.IsPurchase)
        {
            if (dispute.IsLost)
            {
                await topUps.Reach(tx, LostTopUp.Of(dispute));
            }

            await debts.Settle(tx, dispute.Buyer, dispute.Currency);
        }

        // From here on a run may release what is held back of it, unless it is undecided still.
        await Disputes.Followed(tx, id);
    }

    private async Task Undo(Tx tx, DisputeView dispute, string loss)
    {
        // What a purchase's payees bore stands under the reference itself, of a top-up each charge under one below it.
        var reference = ChargePostings.LostSharedReference(loss);
        var posted = (await PostedEntries.References(tx, reference)).Where(r => !r.EndsWith("/undone", StringComparison.Ordinal));
        await accounts.Undo(tx, posted, ChargePostings.SharedDisputeLostUndone, dispute.Currency, $"dispute/{loss}/undone");
    }
}
