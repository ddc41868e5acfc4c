using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Payments;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>
/// Buyers and creators who trade with each other, with a chance of their own: what they do depends on nobody else. Their banks
/// and whoever sits at the gateway's dashboard belong to them.
/// </summary>
internal sealed class Tenant
{
    private static readonly Price[] Prices =
    [
        new(new Money(5, Usd), Meter.BytesDelivered, 1_000_000),
        new(new Money(1, Usd), Meter.SegmentUnlocked, 3),
        new(new Money(7, Usd), Meter.SegmentUnlocked, 1),
    ];

    private readonly MoneyWorld _world;
    private readonly Random _random;
    private readonly List<RefundPart> _parts = [];
    private int _refunds;

    public Tenant(MoneyWorld world, Random random, int first, int buyers, int creators)
    {
        (_world, _random) = (world, random);
        Buyers = [.. Enumerable.Range(first, buyers).Select(Organisation)];
        // Neighbours have a payee in common.
        Creators = [.. Enumerable.Range(0, creators).Select(i => new Creator(
            Organisation(first + 10 + i), [.. Enumerable.Range(first + 20 + i, 3).Select(Organisation)]))];
        Creators.ToList().ForEach(SayRule);
        Gates = new SimulatedGates(world, this, random, hostile: creators > 1);
    }

    public IReadOnlyList<OrganisationId> Buyers { get; }

    public IReadOnlyList<Creator> Creators { get; }

    public List<Licence> Licences { get; } = [];

    public List<Payment> Payments { get; } = [];

    public SimulatedGates Gates { get; }

    public void Step()
    {
        switch (_random.Next(14))
        {
            case 0 or 1:
                Pay(null, _random.Next(100, 6_000));
                break;
            case 2:
                // Always drawn, so that a play without them goes the same way.
                var (creator, price) = (Any(Creators), _random.Next(50, 3_000));
                if (_world.Play.SellsOnce)
                {
                    Pay(creator, price);
                }

                break;
            case 3:
                Licences.Add(new Licence(
                    new LicenceId(_world.NewId()), Any(Buyers), Any(Creators), Any(Prices), _random.Next(3) * 500));
                break;
            case 4 when Licences.Count > 2:
                Any(Licences).HasEnded = true;
                break;
            case 5 when _random.Next(2) == 0:
                SayRule(Any(Creators));
                break;
            case 6:
                Contest();
                break;
            case 7:
                RefundByHand();
                break;
            case 8:
                AskBack(Any(Buyers));
                break;
            case 9 when _parts.Count > 0:
                Send(_parts[0]);
                break;
            case 11 when Creators.Count > 1:
                Revoke();
                break;
            case 10 when Payments.SelectMany(p => p.Refunds).Where(r => !r.HasReturned).ToList() is { Count: > 0 } refunds:
                ReturnOf(Any(refunds));
                break;
        }

        Gates.Step();
        HearSome();
    }

    /// <summary>Any of the news of any payment, also again, in any order: where the play says that news come at any time.</summary>
    public void HearSome()
    {
        if (_world.Play.News != BadNews.AnyTime || Payments.Count == 0)
        {
            return;
        }

        for (var i = 0; i < 2; i++)
        {
            var payment = Any(Payments);
            switch (_random.Next(6))
            {
                case 0:
                    _world.Gateway.SyncPayment(payment);
                    break;
                case 1:
                    _world.Gateway.SyncRefunds(payment);
                    break;
                case 2:
                    _world.Disputes.Sync(payment);
                    break;
                case 3:
                    _world.Sales.Decide(payment);
                    _world.Disputes.Handle(payment);
                    break;
                case 4:
                    _world.Gateway.MakeAvailable(payment);
                    break;
                default:
                    _world.Gateway.SettleDebt(payment.Buyer);
                    break;
            }
        }
    }

    public void HearAll()
    {
        while (_parts.Count > 0)
        {
            Send(_parts[0]);
        }

        foreach (var payment in Payments)
        {
            _world.Gateway.MakeAvailable(payment);
            _world.Gateway.SyncPayment(payment);
            _world.Gateway.SyncRefunds(payment);
            _world.Disputes.Sync(payment);
            _world.Sales.Decide(payment);
            _world.Disputes.Handle(payment).ShouldBeTrue($"{payment.Id} waits for a run though none is open");
        }

        foreach (var buyer in Buyers)
        {
            _world.Gateway.SettleDebt(buyer);
        }
    }

    public void EndLicences()
    {
        Licences.ForEach(l => l.HasEnded = true);
        Gates.GiveAllBack();
    }

    private void Pay(Creator? creator, int gross)
    {
        var payment = new Payment(_world.NewId(), Any(Buyers), creator, gross, _random.Next(3) * 500, _world.Now);
        Payments.Add(payment);
        _world.Gateway.Pay(payment);
        if (_world.Play.News != BadNews.AnyTime)
        {
            _world.Gateway.SyncPayment(payment);
        }
    }

    /// <summary>Opened; then won or lost; then, now and then, opened again or decided otherwise.</summary>
    private void Contest()
    {
        var payment = Payments.Count == 0 ? null : Any(Payments);
        Decision? next = (payment?.Dispute?.Decision, _random.Next(4)) switch
        {
            (Decision.Open, < 2) => Decision.Lost,
            (Decision.Open, _) => Decision.Won,
            (Decision.Lost, < 2) => Decision.Won,
            (Decision.Lost or Decision.Won, 2) => Decision.Open,
            (null, _) when payment?.Gross > payment?.RefundedAtGateway => Decision.Open,
            _ => null,
        };
        if (next is { } decision)
        {
            _world.Gateway.Decide(payment!, decision);
        }
    }

    /// <summary>
    /// In the gateway's dashboard: nobody asks us. Of a purchase that a run has shared the operator must decide, so where the order
    /// is compared purchases are refunded as our page does it: no run takes them from then on.
    /// </summary>
    private void RefundByHand()
    {
        var payment = Payments.Count == 0 ? null : Any(Payments);
        if (payment is null || (payment.IsPurchase && _world.Play.News != BadNews.AnyTime &&
            (payment.RefundUntil <= _world.Now || payment.SharedIn is not null)))
        {
            return;
        }

        var minor = payment.IsPurchase ? payment.Gross - payment.RefundedAtGateway : _random.NextInt64(1, payment.Gross + 1);
        if (payment.SharedIn is not null && minor > 1 && _random.Next(2) == 0)
        {
            minor = _random.NextInt64(1, minor);
        }

        if (_world.Gateway.Refund(payment, minor, $"re_{payment.Id}_{++_refunds}", isOurs: false))
        {
            payment.IsRefundAsked = payment.IsPurchase && _world.Play.News != BadNews.AnyTime;
        }
    }

    /// <summary>
    /// A creator takes a licence back that was never used. Not who stands aside: whether it is covered may depend on a cent that
    /// the platform had its turn with elsewhere.
    /// </summary>
    private void Revoke()
    {
        var sold = Payments.Where(p => p is { IsPurchase: true, IsKnown: true, Disputed: 0, Lost: 0, IsRefundAsked: false, IsRevoked: false } &&
            p.Dispute?.Known != Decision.Lost && p.Refunded < p.Gross).ToList();
        if (_world.Play.News == BadNews.AnyTime && Creators.Count > 1 && sold.Count > 0)
        {
            _world.Sales.Revoke(Any(sold));
        }
    }

    /// <summary>Unused money: what is free leaves the wallet, in parts for the payments it goes back to.</summary>
    private void AskBack(OrganisationId buyer)
    {
        var free = _world.Runs.Free(buyer);
        if (free == 0 || _world.Books.Of(AccountKind.BuyerDebt, buyer) > 0)
        {
            return;
        }

        var minor = _random.NextInt64(1, free + 1);
        var payments = Payments.Where(p => p is { IsPurchase: false, IsKnown: true, Disputed: 0, Lost: 0 } && p.Buyer == buyer).Reverse();
        var parts = WalletRefundSplit.Of(minor, payments.Select(p => new RefundablePayment(
            p.Id, p.Gross - p.Refunded - _parts.Where(q => q.Payment == p).Sum(q => q.Minor))));
        if (parts is null)
        {
            return;
        }

        _world.Books.Post(RefundPostings.WalletRefundAsked(new(_world.NewId()), buyer, new Money(minor, Usd), _world.Now));
        _parts.AddRange(parts.Select(p => new RefundPart($"{p.Id}/{++_refunds}", Payments.First(q => q.Id == p.Id), p.Minor)));
    }

    /// <summary>Sent, perhaps twice under the same key; what the gateway refuses is the wallet's again.</summary>
    private void Send(RefundPart part)
    {
        _parts.Remove(part);
        if (!_world.Gateway.Refund(part.Payment, part.Minor, part.Id, isOurs: true))
        {
            var buyer = part.Payment.Buyer;
            _world.Books.Post(RefundPostings.WalletRefundDropped(part.Id, buyer, new Money(part.Minor, Usd), _world.Now));
            _world.Gateway.SettleDebt(buyer);
        }
    }

    private void ReturnOf(Refund refund)
    {
        if (Payments.First(p => p.Refunds.Contains(refund)) is { IsPurchase: false, Dispute: null })
        {
            _world.Gateway.Return(refund);
        }
    }

    private void SayRule(Creator creator)
    {
        var first = _random.Next(1, 9_000);
        var second = _random.Next(1, 9_999 - first);
        creator.Say(
            new RoyaltyRule(
                [new(first, creator.Payees[0]), new(second, creator.Payees[1]), new(10_000 - first - second, creator.Payees[2])],
                HoldbackBasisPoints: _random.Next(3) * 1_000,
                HoldbackDays: _random.Next(1, 4)),
            _world.Now);
    }

    private T Any<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    private static OrganisationId Organisation(int number) => new(new Guid(number, 0, 0, new byte[8]));
}
