using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Royalties;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>Follows disputes as they stand, and, some time after, lets those bear it or get it back who had a share.</summary>
internal sealed class SimulatedDisputes(MoneyWorld world)
{
    /// <summary>1 Movements that are new. 2 What the last decision did is undone. 3 What this one does is done, and told.</summary>
    public void Sync(Payment payment)
    {
        if (!payment.IsKnown || payment.Dispute is not { } dispute)
        {
            return;
        }

        // 1
        foreach (var (id, minor, fee) in dispute.Movements)
        {
            world.Books.Post(PaymentPostings.DisputeMoved(id, new Money(minor, Usd), new Money(fee, Usd), true, world.Now));
        }

        if (dispute.Known == dispute.Decision)
        {
            return;
        }

        // 2
        payment.Lost -= dispute.Known == Decision.Lost ? Undo(payment, dispute) : 0;
        payment.Disputed = 0;
        (dispute.Known, dispute.Uncovered) = (dispute.Decision, 0);
        // 3
        if (dispute.Known == Decision.Open)
        {
            payment.Disputed = dispute.Amount;
        }
        else if (dispute.Known == Decision.Lost)
        {
            dispute.Losses++;
            Lose(payment, dispute);
        }

        dispute.MustBeHandled = true;
    }

    /// <summary>1 Losses that are past are undone for those who shared. 2 They bear the present one. False to try again later.</summary>
    public bool Handle(Payment payment)
    {
        if (payment.Dispute is not { MustBeHandled: true } dispute)
        {
            return true;
        }

        for (var loss = 1; loss <= dispute.Losses - (dispute.Known == Decision.Lost ? 1 : 0); loss++)
        {
            var name = DisputeView.LossNameOf(dispute.Id, loss)!;
            var mirror = world.Books.Undo(
                ChargePostings.LostSharedReference(name), ChargePostings.SharedDisputeLostUndone, world.Now); // 1
            PutRight(mirror.Select(l => l.Account), $"dispute/{name}/undone");
        }

        if (dispute is { Known: Decision.Lost, Uncovered: > 0 } && payment.IsPurchase && !Bear(payment, dispute)) // 2
        {
            return false;
        }

        if (!payment.IsPurchase)
        {
            world.Gateway.SettleDebt(payment.Buyer);
        }

        dispute.MustBeHandled = false;
        return true;
    }

    private void Lose(Payment payment, Dispute dispute)
    {
        var held = payment.IsPurchase
            ? Math.Max(0, -world.Books.Balance(payment.Holding))
            : world.Runs.Free(payment.Buyer);
        var step = LossDecision.Of(payment.IsPurchase, dispute.Amount, held);
        if (step.Covered + step.Owed > 0)
        {
            LedgerAccount? owing = payment.IsPurchase ? null : LedgerAccount.Of(AccountKind.BuyerDebt, payment.Buyer, Usd);
            world.Books.Post(PaymentPostings.DisputeLost(
                LossName(dispute), payment.Holding, new Money(step.Covered, Usd), owing, step.Owed, world.Now));
        }

        payment.Lost += step.Covered + step.Owed;
        dispute.Uncovered = step.Uncovered;
    }

    private long Undo(Payment payment, Dispute dispute)
    {
        var held = -world.Books.Balance(payment.Holding);
        var mirror = world.Books.Undo(
            PaymentPostings.LostReference(LossName(dispute)), PaymentPostings.DisputeLostUndone, world.Now);
        if (!payment.IsPurchase)
        {
            return dispute.Amount;
        }

        var back = -mirror.Where(l => l.Account.Kind == AccountKind.Deferred).Sum(l => l.Amount.Minor);
        if (held == 0 && back > 0)
        {
            payment.SharedIn = null;
        }

        return back;
    }

    private bool Bear(Payment payment, Dispute dispute)
    {
        if (world.Books.Knows(ChargePostings.LostSharedReference(LossName(dispute))))
        {
            return true;
        }

        if (world.Sales.Borne(payment, dispute.Uncovered) is not { } borne)
        {
            return payment.SharedIn is null;
        }

        if (borne.Total > 0 && world.Books.Post(ChargePostings.SharedDisputeLost(LossName(dispute), Usd, borne, world.Now)))
        {
            world.Exact.LossesBorne++;
        }

        return true;
    }

    public void PutRight(IEnumerable<LedgerAccount> touched, string reference)
    {
        foreach (var owner in touched
            .Where(a => a.Kind is AccountKind.Holdback or AccountKind.CreatorDebt).Select(a => a.Owner).Distinct().ToList())
        {
            var payee = new OrganisationId(owner);
            var repair = PayeeRepair.Of(
                world.Books.Of(AccountKind.CreatorDebt, payee), -world.Books.Of(AccountKind.Holdback, payee),
                world.Runs.WaitingHoldback(payee));
            if (repair.Forgiven > 0)
            {
                world.Books.Post(ChargePostings.DebtForgiven(
                    $"{reference}/debt/{payee}", payee, new Money(repair.Forgiven, Usd), world.Now));
            }

            if (repair.Released > 0)
            {
                world.Books.Post(ChargePostings.HoldbackReleased(
                    $"{reference}/holdback/{payee}", payee, new Money(repair.Released, Usd), world.Now));
            }
        }
    }

    private static string LossName(Dispute dispute) => DisputeView.LossNameOf(dispute.Id, dispute.Losses)!;
}
