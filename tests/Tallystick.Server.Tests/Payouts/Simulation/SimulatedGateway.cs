using Tallystick.Core.Amounts;
using Tallystick.Core.Payments;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>The card gateway with books of its own, and what brings ours to what it says: read again, in any order.</summary>
internal sealed class SimulatedGateway(MoneyWorld world)
{
    private readonly List<Payment> _paid = [];

    public long Available { get; set; }

    public long Pending { get; private set; }

    public void Pay(Payment payment)
    {
        Pending += payment.Gross - payment.GatewayFee;
        _paid.Add(payment);
    }

    public void MakeAvailable(Payment payment)
    {
        if (!payment.IsAvailable)
        {
            payment.IsAvailable = true;
            (Pending, Available) = (Pending - payment.Gross + payment.GatewayFee, Available + payment.Gross - payment.GatewayFee);
        }
    }

    /// <summary>The gateway refuses what a bank contests, or took, and more than there is.</summary>
    public bool Refund(Payment payment, long minor, string id, bool isOurs)
    {
        if (payment.Dispute is { Decision: not Decision.Won } || minor <= 0 || minor > payment.Gross - payment.RefundedAtGateway)
        {
            return false;
        }

        if (payment.Refunds.TrueForAll(r => r.Id != id))
        {
            payment.Refunds.Add(new Refund(id, minor, isOurs));
            Available -= minor;
        }

        return true;
    }

    /// <summary>The bank did not take it, days later.</summary>
    public void Return(Refund refund)
    {
        refund.HasReturned = true;
        Available += refund.Minor;
    }

    public void Decide(Payment payment, Decision decision)
    {
        var isNew = payment.Dispute is null;
        var dispute = payment.Dispute ??= new Dispute($"dp_{payment.Id}", payment.Gross - payment.RefundedAtGateway);
        var (withdrawn, will) = (!isNew && dispute.Decision != Decision.Won, decision != Decision.Won);
        dispute.Decision = decision;
        if (withdrawn != will)
        {
            var (minor, fee) = (will ? -dispute.Amount : dispute.Amount, isNew ? 1_500 : 0);
            dispute.Movements.Add(($"txn_{payment.Id}_{dispute.Movements.Count}", minor, fee));
            Available += minor - fee;
        }
    }

    /// <summary>Banks come to an end with what is open: some for us, some against.</summary>
    public void DecideOpen()
    {
        foreach (var payment in _paid.Where(p => p.Dispute is { Decision: Decision.Open }))
        {
            Decide(payment, payment.Gross % 2 == 0 ? Decision.Lost : Decision.Won);
        }
    }

    public void WinAll()
    {
        foreach (var payment in _paid.Where(p => p.Dispute is not null))
        {
            Decide(payment, Decision.Won);
        }
    }

    /// <summary>From the operator's bank.</summary>
    public void PutIn(long minor)
    {
        Available += minor;
        world.Books.Post(PaymentPostings.BankMoved(
            PaymentPostings.PutIn, $"txn_{world.NewId()}", new Money(minor, Usd), new Money(0, Usd), true, world.Now));
    }

    /// <summary>1 Paid, and debts collected of it in the same transaction. 2 Available.</summary>
    public void SyncPayment(Payment payment)
    {
        var (gross, fee) = (new Money(payment.Gross, Usd), new Money(payment.GatewayFee, Usd));
        if (!payment.IsKnown)
        {
            payment.IsKnown = true; // 1
            payment.IsSettled = payment.IsAvailable;
            world.Books.Post(payment.IsPurchase
                ? PaymentPostings.PurchasePaid(new(payment.Id), gross, fee, payment.IsAvailable, payment.PaidAt)
                : PaymentPostings.ToppedUp(new(payment.Id), payment.Buyer, gross, fee, payment.IsAvailable, payment.PaidAt));
            SettleDebt(payment.Buyer);
        }

        if (payment is { IsAvailable: true, IsSettled: false })
        {
            payment.IsSettled = true; // 2
            world.Books.Post(PaymentPostings.Settled($"txn_{payment.Id}", gross - fee, world.Now));
        }
    }

    /// <summary>Those made, then those that came back; of a payment that is not known yet nothing.</summary>
    public void SyncRefunds(Payment payment)
    {
        if (!payment.IsKnown)
        {
            return;
        }

        var rest = payment.IsPurchase
            ? LedgerAccount.Of(AccountKind.Suspense, Usd)
            : LedgerAccount.Of(AccountKind.BuyerDebt, payment.Buyer, Usd);
        foreach (var refund in payment.Refunds.Where(r => !r.IsBooked))
        {
            refund.IsBooked = true;
            var from = refund.IsOurs ? LedgerAccount.Of(AccountKind.RefundInTransit, payment.Buyer, Usd) : payment.Holding;
            var held = from.Kind == AccountKind.BuyerPrepaid
                ? world.Runs.Free(payment.Buyer)
                : Math.Max(0, -world.Books.Balance(from));
            world.Books.Post(RefundPostings.Refunded(refund.Id, from, held, rest, new Money(refund.Minor, Usd), true, world.Now));
            refund.Lies = payment.IsPurchase ? Math.Max(0, refund.Minor - held) : 0;
            payment.Refunded += refund.Minor;
            payment.IsRefundAsked = false;
        }

        foreach (var refund in payment.Refunds.Where(r => r is { HasReturned: true, ReturnIsBooked: false }))
        {
            refund.ReturnIsBooked = true;
            var borne = world.Books.Lines($"refund/{refund.Id}")
                .FirstOrDefault(l => l.Account.Kind is AccountKind.BuyerDebt or AccountKind.Suspense);
            world.Books.Post(RefundPostings.RefundReturned(
                refund.Id, payment.Holding, rest, borne?.Amount.Minor ?? 0, new Money(refund.Minor, Usd), true, world.Now));
            payment.Refunded -= refund.Minor;
            SettleDebt(payment.Buyer);
        }
    }

    /// <summary>Brings debt and wallet into order.</summary>
    public void SettleDebt(OrganisationId buyer)
    {
        var moved = LossDecision.Collected(world.Books.Of(AccountKind.BuyerDebt, buyer), world.Runs.Free(buyer));
        if (moved != 0)
        {
            var (amount, number) = (new Money(Math.Abs(moved), Usd), BitConverter.ToInt32(world.NewId().ToByteArray()));
            world.Books.Post(moved > 0
                ? PaymentPostings.DebtCollected(number, buyer, amount, world.Now)
                : PaymentPostings.DebtReturned(number, buyer, amount, world.Now));
        }
    }
}
