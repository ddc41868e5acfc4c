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

/// <summary>Sales that are taken back after they were shared: by their creator, or in the gateway's dashboard, and then by a bank as well.</summary>
internal sealed class SimulatedSales(MoneyWorld world)
{
    public int Revoked { get; private set; }

    public int NotCovered { get; private set; }

    public int RefundsBorne { get; private set; }

    /// <summary>What everybody bears of a sale that is taken back, in view of what they have borne of it; null when nothing was shared.</summary>
    public BorneSale? Borne(Payment payment, long uncovered)
    {
        var shares = payment.Charges.SelectMany(c => c.Shares).GroupBy(s => s.Payee, s => s.Minor).ToList();
        if (shares.Count == 0)
        {
            return null;
        }

        var taken = Taken(payment).ToList();
        var loss = SharedLoss.Of(
            uncovered, new(payment.Charges.Sum(c => c.Fee), Of(taken, Guid.Empty)),
            [.. shares.Select(s => new SalePart(s.Sum(), Of(taken, s.Key.Value), -world.Books.Of(AccountKind.Holdback, s.Key)))]);
        return new BorneSale(loss.Fee, [.. shares.Zip(loss.Payees, (share, part) => new BorneShare(share.Key, part))]);
    }

    /// <summary>The operator decides about refunds that nothing covers.</summary>
    public void Decide(Payment payment)
    {
        foreach (var refund in payment.Refunds.Where(r => r.Lies > 0))
        {
            var lies = new UncoveredRefund(refund.Id, new(payment.Id), Usd, refund.Lies);
            var borne = refund.Minor % 2 == 0 ? Borne(payment, refund.Lies) : null;
            world.Books.Post(borne is { Total: > 0 }
                ? ChargePostings.RefundBorne(lies, borne, world.Now)
                : RefundPostings.RefundBorneByOperator(lies.Reference, new Money(lies.Minor, Usd), world.Now)).ShouldBeTrue();
            if (borne is { Total: > 0 })
            {
                RefundsBorne++;
                world.Exact.LossesBorne++;
            }

            refund.Lies = 0;
        }
    }

    /// <summary>1 What covers it. 2 Nothing happens when something is missing. 3 Sent; a bank may have been faster.</summary>
    public void Revoke(Payment payment)
    {
        // 1
        var (revoker, minor) = (payment.Creator!.Payees[0], payment.Gross - payment.Refunded);
        var unsent = world.Payouts.All
            .Where(p => p is { State: PayoutState.Queued or PayoutState.Blocked, FirstSent: null } && p.Payee == revoker)
            .Sum(p => p.Minor);
        var cover = RevocationRefund.Cover(minor, payment.FeeBasisPoints, new(
            -world.Books.Balance(payment.Holding), 0, -world.Books.Of(AccountKind.CreatorPayable, revoker), unsent,
            world.Books.Of(AccountKind.CreatorDebt, revoker)));
        // 2
        if (cover.Missing > 0)
        {
            NotCovered++;
            return;
        }

        // 3
        var plan = new RevocationPlan(new(payment.Id), Usd, cover);
        world.Books.Post(RefundPostings.RevocationRefundAsked(plan, payment.Buyer, revoker, MissingBearer.None, world.Now));
        payment.IsRevoked = true;
        if (world.Gateway.Refund(payment, minor, $"re_{payment.Id}_revoked", isOurs: true))
        {
            Revoked++;
            payment.IsRefundAsked = true;
            return;
        }

        var reference = RefundPostings.RevocationReference(new(payment.Id));
        var mirror = world.Books.Undo(reference, RefundPostings.RevocationRefundUndone, world.Now);
        world.Disputes.PutRight(mirror.Select(l => l.Account), $"{reference}/undone");
    }

    /// <summary>What a payee bears for good of sales that were taken back otherwise than by a bank.</summary>
    public long BorneBy(OrganisationId payee) => world.Payments.Where(p => p.IsPurchase)
        .Sum(p => Of(Standing(OtherThanByBanks(p)).ToList(), payee.Value));

    /// <summary>Nobody bears more of a sale than they got, but who took it back themselves; all together no more than was shared.</summary>
    public void Check()
    {
        foreach (var payment in world.Payments.Where(p => p.Charges.Count > 0))
        {
            var taken = Taken(payment).ToList();
            foreach (var share in payment.Charges.SelectMany(c => c.Shares).GroupBy(s => s.Payee, s => s.Minor))
            {
                if (!payment.IsRevoked || share.Key != payment.Creator!.Payees[0])
                {
                    Of(taken, share.Key.Value).ShouldBeLessThanOrEqualTo(share.Sum(), $"{payment.Id}: {share.Key} bears it once");
                }
            }

            var all = payment.Charges.Sum(c => c.Fee + c.Shares.Sum(s => s.Minor));
            taken.Where(IsBearing).Sum(l => l.Amount.Minor).ShouldBeLessThanOrEqualTo(all + payment.Gross - payment.Charges.Sum(c => c.Gross));
        }
    }

    private IEnumerable<JournalLine> Taken(Payment payment) => Standing(
        OtherThanByBanks(payment).Concat(payment.Dispute is { } dispute
            ? Enumerable.Range(1, dispute.Losses).Select(l => ChargePostings.LostSharedReference(DisputeView.LossNameOf(dispute.Id, l)!))
            : []));

    private static IEnumerable<string> OtherThanByBanks(Payment payment) =>
        payment.Refunds.Select(r => UncoveredRefund.ReferenceOf(r.Id)).Prepend(RefundPostings.RevocationReference(new(payment.Id)));

    private IEnumerable<JournalLine> Standing(IEnumerable<string> references) =>
        references.Where(r => !world.Books.Knows($"{r}/undone")).SelectMany(world.Books.Lines);

    private static long Of(List<JournalLine> lines, Guid owner) =>
        lines.Where(l => l.Account.Owner == owner && IsBearing(l)).Sum(l => l.Amount.Minor);

    private static bool IsBearing(JournalLine line) => line.Account.Kind is
        AccountKind.PlatformFee or AccountKind.Holdback or AccountKind.CreatorPayable or AccountKind.CreatorDebt;
}
