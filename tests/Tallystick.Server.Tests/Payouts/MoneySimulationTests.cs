using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Payouts;
using Tallystick.Server.Royalties;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>
/// The real decisions and postings, driven by a seed against a model of books and gateway: purchases, top-ups, usage,
/// refunds, disputes, billing and payouts, with news repeated, late and out of order, requests lost before or after they
/// worked, and crashes between what is sent and what is written down.
/// </summary>
public sealed class MoneySimulationTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(1_000, 40)]
    [InlineData(2_000_000, 40)]
    public void No_cent_is_created_lost_or_paid_twice(int firstSeed, int seeds)
    {
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            var world = new World(seed);
            for (var step = 0; step < 600; step++)
            {
                world.Step();
                world.Check($"seed {seed}, step {step}");
            }

            world.Drain();
            world.Check($"seed {seed}, at the end");
            world.CheckSettled($"seed {seed}, at the end");
        }
    }

    private sealed class World(int seed)
    {
        private static readonly Currency Usd = Currency.Usd;
        private static readonly OrganisationId Buyer = new(new Guid(1, 0, 0, new byte[8]));
        private static readonly OrganisationId[] Creators =
            [.. Enumerable.Range(2, 3).Select(i => new OrganisationId(new Guid(i, 0, 0, new byte[8])))];

        private static readonly Price PerMegabyte = new(new Money(5, Usd), Meter.BytesDelivered, 1_000_000);
        private static readonly FlatSplit Split = RuleCheck.Flatten(new RoyaltyRule(
            [new(5_000, Creators[0]), new(3_000, Creators[1]), new(2_000, Creators[2])]));

        private readonly Random _random = new(seed);
        private readonly Dictionary<LedgerAccount, long> _books = [];
        private readonly HashSet<string> _references = [];
        private readonly List<Sale> _sales = [];
        private readonly List<Sale> _news = [];
        private readonly List<Payout> _payouts = [];
        private readonly Dictionary<string, (PayoutId Group, long Minor)> _transfers = [];
        private long _gatewayAvailable;
        private long _gatewayPending;
        private long _gatewayTransferred;
        private long _used;
        private ExactAmount _carry = ExactAmount.Zero;
        private ExactAmount _billedExact = ExactAmount.Zero;
        private readonly Dictionary<OrganisationId, Int128> _remainders = [];
        private long _charged;
        private int _ids;
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public void Step()
        {
            _now += TimeSpan.FromMinutes(_random.Next(1, 180));
            switch (_random.Next(12))
            {
                case 0 or 1:
                    PayAtGateway();
                    break;
                case 2 or 3 or 4 when _news.Count > 0:
                    // Any of the news, and it may come again.
                    Hear(_news[_random.Next(_news.Count)], forget: _random.Next(2) == 0);
                    break;
                case 5:
                    Refund();
                    break;
                case 6:
                    Dispute();
                    break;
                case 7:
                    _used += _random.Next(0, 40_000_000);
                    break;
                case 8:
                    Bill(crash: _random.Next(4) == 0);
                    break;
                case 9:
                    Settle();
                    break;
                default:
                    _payouts.ForEach(Send);
                    break;
            }
        }

        public void Drain()
        {
            foreach (var sale in _sales.ToList())
            {
                Hear(sale, forget: true);
            }

            Settle();
            Bill(crash: false);
            // Money for everything that is owed, so that nothing waits.
            _gatewayAvailable += 10_000_000;
            Post(new JournalEntry("test", "drain/fund", _now, [
                LedgerAccount.Of(AccountKind.GatewayAvailable, Usd).Debit(10_000_000),
                LedgerAccount.Of(AccountKind.Bank, Usd).Credit(10_000_000)]));
            for (var i = 0; i < 200 && _payouts.Exists(p => p.State != PayoutState.Paid); i++)
            {
                _now += TimeSpan.FromHours(3);
                _payouts.ForEach(Send);
            }
        }

        public void Check(string where)
        {
            _books.Values.Sum().ShouldBe(0, where);
            foreach (var (account, balance) in _books)
            {
                if (account.Kind is AccountKind.BuyerPrepaid or AccountKind.Deferred or AccountKind.CreatorPayable or
                    AccountKind.PayoutInTransit or AccountKind.Holdback)
                {
                    balance.ShouldBeLessThanOrEqualTo(0, $"{where}: {account}");
                }
            }

            _transfers.GroupBy(t => t.Value.Group).ShouldAllBe(g => g.Count() == 1, where);
            var exact = _billedExact;
            (exact.Numerator * _carry.Denominator).ShouldBe(
                ((Int128)_charged * exact.Denominator * _carry.Denominator) + (_carry.Numerator * exact.Denominator), where);
        }

        public void CheckSettled(string where)
        {
            _remainders.Values.Aggregate(Int128.Zero, (sum, r) => sum + r).ShouldBe(
                -Of(AccountKind.RoundingCarry) * Remainder.Unit, where);
            _payouts.ShouldAllBe(p => p.State == PayoutState.Paid, where);
            Of(AccountKind.GatewayAvailable).ShouldBe(_gatewayAvailable, where);
            Of(AccountKind.GatewayPending).ShouldBe(_gatewayPending, where);
            _gatewayTransferred.ShouldBe(_payouts.Sum(p => p.Minor), where);
            _books.Where(b => b.Key.Kind == AccountKind.PayoutInTransit).Sum(b => b.Value).ShouldBe(0, where);
        }

        private void PayAtGateway()
        {
            var gross = _random.Next(100, 20_000);
            var sale = new Sale(NewId(), gross, (gross * 29 / 1_000) + 30, _random.Next(2) == 0);
            _gatewayPending += sale.Gross - sale.Fee;
            _sales.Add(sale);
            _news.Add(sale);
        }

        private void Hear(Sale sale, bool forget)
        {
            if (forget)
            {
                _news.Remove(sale);
            }

            var (gross, fee) = (new Money(sale.Gross, Usd), new Money(sale.Fee, Usd));
            sale.Known |= Post(sale.IsPurchase
                ? PaymentPostings.PurchasePaid(new(sale.Id), gross, fee, available: false, _now)
                : PaymentPostings.ToppedUp(new(sale.Id), Buyer, gross, fee, available: false, _now));
            if (sale.RefundedAtGateway && sale.Known)
            {
                var held = -Balance(Holding(sale));
                Post(PaymentPostings.Refunded(
                    $"re_{sale.Id}", Holding(sale), Math.Max(0, held), LedgerAccount.Of(AccountKind.Suspense, Usd), gross,
                    available: true, _now));
            }

            if (sale.DisputedAtGateway && sale.Known)
            {
                Post(PaymentPostings.DisputeMoved($"txn_{sale.Id}", new(-sale.Gross, Usd), new(1_500, Usd), true, _now));
            }

            if (sale.DisputeWon is { } won && sale.Known)
            {
                if (won)
                {
                    Post(PaymentPostings.DisputeMoved($"txn_{sale.Id}_back", gross, new(0, Usd), true, _now));
                }
                else if (!_references.Contains(PaymentPostings.LostReference($"dp_{sale.Id}")))
                {
                    Lose(sale);
                }
            }
        }

        /// <summary>A wallet gives what is not used; what was used of it is owed, whatever was billed already.</summary>
        private void Lose(Sale sale)
        {
            var used = sale.IsPurchase ? 0 : (PerMegabyte.Cost(_used) + _carry).Ceiling();
            var covered = Math.Clamp(-Balance(Holding(sale)) - used, 0, sale.Gross);
            LedgerAccount? debt = sale.IsPurchase ? null : LedgerAccount.Of(AccountKind.BuyerDebt, Buyer, Usd);
            if (covered > 0 || debt is not null)
            {
                Post(PaymentPostings.DisputeLost(
                    $"dp_{sale.Id}", Holding(sale), new(covered, Usd), debt, debt is null ? 0 : sale.Gross - covered, _now));
            }

            sale.Shared |= sale.IsPurchase;
        }

        private void Refund()
        {
            if (_sales.Find(s => s is { IsPurchase: true, Known: true, Shared: false, RefundedAtGateway: false, DisputedAtGateway: false })
                is { } sale && _gatewayAvailable >= sale.Gross)
            {
                // The answer may be lost: only the news tells, later.
                sale.RefundedAtGateway = true;
                _gatewayAvailable -= sale.Gross;
                _news.Add(sale);
            }
        }

        private void Dispute()
        {
            if (_sales.Find(s => s is { RefundedAtGateway: false, Shared: false, Known: true } && s.DisputeWon is null) is not { } sale)
            {
                return;
            }

            if (!sale.DisputedAtGateway)
            {
                sale.DisputedAtGateway = true;
                _gatewayAvailable -= sale.Gross + 1_500;
            }
            else
            {
                sale.DisputeWon = _random.Next(2) == 0;
                _gatewayAvailable += sale.DisputeWon.Value ? sale.Gross : 0;
            }

            _news.Add(sale);
        }

        /// <summary>A crash before the commit leaves nothing: the same run is made again.</summary>
        private void Bill(bool crash)
        {
            var run = new BillingRunId(NewId());
            if (crash)
            {
                return;
            }

            var wallet = Math.Max(0, -Balance(LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, Usd)));
            var line = ChargeLine.Of(PerMegabyte, _used, _carry, wallet);
            (_used, _charged, _billedExact) = (0, _charged + line.Charged, _billedExact + line.Exact);
            _carry = line.Carry + new ExactAmount(line.Uncollected, 1);
            if (line.Charged > 0)
            {
                Post(ChargePostings.Usage(
                    run, new LicenceId(NewId()), "1", Buyer, Usd, Shared(line.Charged), _now));
            }

            foreach (var sale in _sales.Where(s => s is { IsPurchase: true, Known: true, Shared: false, RefundedAtGateway: false,
                DisputedAtGateway: false }))
            {
                sale.Shared = true;
                Post(ChargePostings.Purchase(run, new(sale.Id), Usd, Shared(sale.Gross), _now));
            }

            foreach (var creator in Creators)
            {
                var owed = -Balance(LedgerAccount.Of(AccountKind.CreatorPayable, creator, Usd));
                if (owed >= 100)
                {
                    var payout = new Payout(new PayoutId(NewId()), creator, owed);
                    _payouts.Add(payout);
                    Post(PayoutPostings.Queued(payout.Id, creator, new Money(owed, Usd), _now));
                }
            }
        }

        private ChargeSplit Shared(long gross)
        {
            var split = ChargeSplit.Of(gross, 1_500, Split, Holdback.None, _remainders);
            foreach (var remainder in split.Remainders)
            {
                _remainders[remainder.Participant] = remainder.Numerator;
            }

            return split;
        }

        private void Settle()
        {
            var settled = Of(AccountKind.GatewayPending);
            // Only what both sides know of: the rest is settled when it was heard of.
            if (settled > 0 && _news.Count == 0 && settled == _gatewayPending)
            {
                Post(PaymentPostings.Settled($"txn_{NewId()}", new Money(settled, Usd), _now));
                _gatewayAvailable += settled;
                _gatewayPending -= settled;
            }
        }

        private void Send(Payout payout)
        {
            var step = PayoutDecision.Next(new PayoutFacts(
                payout.State, true, _gatewayAvailable >= payout.Minor, payout.FirstSent, _now));
            if (step == PayoutStep.Send)
            {
                Transfer(payout);
            }
            else if (step == PayoutStep.Ask && _random.Next(5) > 0)
            {
                if (_transfers.Values.Any(t => t.Group == payout.Id))
                {
                    Paid(payout);
                    return;
                }

                switch (PayoutDecision.WhenAbsent(payout.FirstSent!.Value, _now))
                {
                    case AbsentStep.ResendSameKey:
                        Transfer(payout);
                        break;
                    case AbsentStep.NewAttempt:
                        (payout.State, payout.Attempt, payout.FirstSent) = (PayoutState.Queued, payout.Attempt + 1, null);
                        break;
                }
            }
        }

        private void Transfer(Payout payout)
        {
            (payout.State, payout.FirstSent) = (PayoutState.Sending, payout.FirstSent ?? _now);
            var fate = _random.Next(6);
            if (fate == 0)
            {
                return; // Killed before it was sent, or lost on the way.
            }

            // The gateway remembers a key, and does its work once.
            var key = $"{payout.Id}/{payout.Attempt}";
            if (!_transfers.ContainsKey(key))
            {
                if (_gatewayAvailable < payout.Minor)
                {
                    (payout.State, payout.Attempt, payout.FirstSent) = (PayoutState.Queued, payout.Attempt + 1, null);
                    return;
                }

                _transfers[key] = (payout.Id, payout.Minor);
                _gatewayAvailable -= payout.Minor;
                _gatewayTransferred += payout.Minor;
            }

            switch (fate)
            {
                case 1:
                    break; // Killed after it was sent.
                case 2:
                    payout.State = PayoutState.Unknown;
                    break;
                default:
                    Paid(payout);
                    break;
            }
        }

        private void Paid(Payout payout)
        {
            payout.State = PayoutState.Paid;
            Post(PayoutPostings.Paid(payout.Id, payout.Payee, new Money(payout.Minor, Usd), _now));
        }

        private bool Post(JournalEntry entry)
        {
            if (!_references.Add(entry.Reference))
            {
                return false;
            }

            entry.Lines.Sum(l => l.Amount.Minor).ShouldBe(0, entry.Reference);
            foreach (var line in entry.Lines)
            {
                _books[line.Account] = Balance(line.Account) + line.Amount.Minor;
            }

            return true;
        }

        private static LedgerAccount Holding(Sale sale) => sale.IsPurchase
            ? LedgerAccount.Deferred(new(sale.Id), Usd)
            : LedgerAccount.Of(AccountKind.BuyerPrepaid, Buyer, Usd);

        private long Balance(LedgerAccount account) => _books.GetValueOrDefault(account);

        private long Of(AccountKind kind) => Balance(LedgerAccount.Of(kind, Usd));

        private Guid NewId() => new(++_ids, 7, 7, new byte[8]);
    }

    private sealed class Sale(Guid id, long gross, long fee, bool isPurchase)
    {
        public Guid Id => id;

        public long Gross => gross;

        public long Fee => fee;

        public bool IsPurchase => isPurchase;

        public bool Known { get; set; }

        public bool Shared { get; set; }

        public bool RefundedAtGateway { get; set; }

        public bool DisputedAtGateway { get; set; }

        public bool? DisputeWon { get; set; }
    }

    private sealed class Payout(PayoutId id, OrganisationId payee, long minor)
    {
        public PayoutId Id => id;

        public OrganisationId Payee => payee;

        public long Minor => minor;

        public PayoutState State { get; set; }

        public int Attempt { get; set; } = 1;

        public DateTimeOffset? FirstSent { get; set; }
    }
}
