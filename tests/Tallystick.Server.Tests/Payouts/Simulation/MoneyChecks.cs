using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>What a play came to: what each payee earned less what they bore, what each buyer has less what they owe, what was charged.</summary>
internal sealed record Outcome(
    IReadOnlyDictionary<OrganisationId, long> Payees, IReadOnlyDictionary<OrganisationId, (long Net, long Used)> Buyers, int Losses)
{
    public static readonly Outcome Nothing = new(
        new Dictionary<OrganisationId, long>(), new Dictionary<OrganisationId, (long Net, long Used)>(), 0);
}

/// <summary>What holds of everybody's money.</summary>
internal static class MoneyChecks
{
    public static void Always(MoneyWorld world)
    {
        world.Books.Balances.Sum(b => b.Value).ShouldBe(0);
        world.Sales.Check();
        world.Exact.Check("exact shares");
        world.Exact.UnpaidMost.ShouldBeLessThanOrEqualTo(1, "what was delivered under a lease is in the wallet, but for a cent of rounding");
        (-world.Books.Of(AccountKind.RoundingCarry) * Remainder.Unit).ShouldBe(
            world.Runs.Remainders.Values.Aggregate(Int128.Zero, (sum, r) => sum + r));
        foreach (var tenant in world.Tenants)
        {
            tenant.Gates.Check("leases");
            foreach (var buyer in tenant.Buyers)
            {
                Wallet(world, tenant, buyer);
            }
        }

        world.Payouts.TransferredGroups.Distinct().Count().ShouldBe(world.Payouts.TransferredGroups.Count(), "paid once");
    }

    /// <summary>Nothing is on its way: our books are the gateway's.</summary>
    public static void WhenQuiet(MoneyWorld world)
    {
        Always(world);
        world.Books.Of(AccountKind.GatewayAvailable).ShouldBe(world.Gateway.Available, "available at the gateway");
        world.Books.Of(AccountKind.GatewayPending).ShouldBe(world.Gateway.Pending, "pending at the gateway");
        world.Payouts.Transferred.ShouldBe(world.Payees.Sum(world.Payouts.PaidTo));
        world.Books.Sum(AccountKind.RefundInTransit).ShouldBe(0, "refunds on their way");
        world.Books.Balances
            .All(b => b.Value >= 0 || (b.Key.Kind != AccountKind.BuyerDebt && b.Key.Kind != AccountKind.CreatorDebt))
            .ShouldBeTrue("no debt below nothing");
        foreach (var buyer in world.Tenants.SelectMany(t => t.Buyers))
        {
            (world.Books.Of(AccountKind.BuyerDebt, buyer) == 0 || world.Runs.Free(buyer) == 0).ShouldBeTrue("a debt takes what is free");
        }
    }

    /// <summary>Banks decided for us, and everything is paid: no loss and no debt is left of any dispute.</summary>
    public static void AtTheEnd(MoneyWorld world)
    {
        world.Payouts.All.All(p => p.State is PayoutState.Paid or PayoutState.Netted).ShouldBeTrue("every payout has ended");
        world.Books.Sum(AccountKind.PayoutInTransit).ShouldBe(0);
        world.Books.Sum(AccountKind.Holdback).ShouldBe(0, "what was held back is released");
        world.Books.Of(AccountKind.DisputeReserve).ShouldBe(0, "won after all: nothing is lost");
        world.Books.Of(AccountKind.Suspense).ShouldBe(0, "whatever was refunded by hand is decided");
        world.Books.Sum(AccountKind.CreatorDebt).ShouldBeInRange(
            0, world.Payees.Sum(world.Sales.BorneBy), "won after all: no payee owes but what was refunded");
        world.Runs.Carries.All(c => c.Left.Numerator <= 0).ShouldBeTrue("what was left of a price is settled");
        foreach (var payee in world.Payees)
        {
            Earned(world, payee).ShouldBe(
                world.Exact.Parts.GetValueOrDefault(payee).Had - world.Sales.BorneBy(payee), $"{payee} has all of it");
        }

        foreach (var buyer in world.Tenants.SelectMany(t => t.Buyers))
        {
            var byHand = world.Payments.Where(p => p.Buyer == buyer && !p.IsPurchase)
                .SelectMany(p => p.Refunds).Where(r => r is { IsOurs: false, HasReturned: false }).Sum(r => r.Minor);
            world.Books.Of(AccountKind.BuyerDebt, buyer).ShouldBeInRange(0, byHand, "no debt but of refunds made by hand");
            world.Runs.Held(buyer).ShouldBe(0, "nothing is held for anybody");
        }
    }

    public static Outcome OutcomeOf(MoneyWorld world) => new(
        world.Payees.ToDictionary(p => p, p => Earned(world, p)),
        world.Tenants.SelectMany(t => t.Buyers).ToDictionary(
            b => b, b => BuyerOf(world, b)),
        world.Exact.LossesBorne);

    /// <summary>What was used and is owed counts as used: a later run collects it.</summary>
    public static (long Net, long Used) BuyerOf(MoneyWorld world, OrganisationId buyer) => (
        world.Runs.Balance(buyer) - world.Books.Of(AccountKind.BuyerDebt, buyer) - world.Runs.Owed(buyer),
        world.Runs.Used(buyer) + world.Runs.Owed(buyer));

    /// <summary>Wallet less debt is what was paid, less what went back, was used and is lost: to the cent.</summary>
    private static void Wallet(MoneyWorld world, Tenant tenant, OrganisationId buyer)
    {
        var revoked = tenant.Payments.Where(p => p is { IsRevoked: true, IsRefundAsked: true } && p.Buyer == buyer).Sum(p => p.Gross - p.Refunded);
        var topUps = tenant.Payments.Where(p => p is { IsPurchase: false, IsKnown: true } && p.Buyer == buyer).ToList();
        (world.Runs.Balance(buyer) - world.Books.Of(AccountKind.BuyerDebt, buyer)).ShouldBe(
            topUps.Sum(p => p.Gross - p.Refunded - p.Lost) + world.Books.Of(AccountKind.RefundInTransit, buyer) + revoked -
            world.Runs.Used(buyer),
            $"wallet of {buyer}");
    }

    private static long Earned(MoneyWorld world, OrganisationId payee) => world.Payouts.PaidTo(payee) -
        world.Books.Of(AccountKind.CreatorPayable, payee) - world.Books.Of(AccountKind.Holdback, payee) -
        world.Books.Of(AccountKind.PayoutInTransit, payee) - world.Books.Of(AccountKind.CreatorDebt, payee);
}
