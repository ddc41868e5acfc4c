using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Leases;

/// <summary>
/// One wallet, two licences of two creators, gates that lose their logs, money that is taken back, usage that no lease
/// covered: what was delivered under a lease is paid in full, in whatever order runs charge.
/// </summary>
public sealed class TwoCreatorsSimulationTests
{
    [Fact]
    public void Nothing_delivered_under_a_lease_is_left_unpaid() => Prop
        .ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var world = new World(new Random(seed));
            for (var step = 0; step < 300; step++)
            {
                world.Step();
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    // What a charge may draw: what is held for it, and what nobody holds.
    private static long Most(long balance, long held, long own) => Math.Min(balance, own + Math.Max(0, balance - held));

    private sealed class World
    {
        private readonly Random _random;
        private readonly Licence[] _licences;
        private readonly List<Epoch> _epochs = [];
        private long _balance;

        public World(Random random)
        {
            _random = random;
            _balance = random.Next(1, 2_000);
            _licences = [.. Enumerable.Range(0, 2).Select(_ => new Licence(
                new Price(new Money(random.Next(1, 9), Currency.Usd), Meter.BytesDelivered, random.Next(1, 300))))];
            for (var i = 0; i < 6; i++)
            {
                _epochs.Add(new Epoch(_licences[i % 2]));
            }
        }

        private long Held => _licences.Sum(l => l.Own);

        public void Step()
        {
            var at = _random.Next(_epochs.Count);
            var epoch = _epochs[at];
            switch (_random.Next(9))
            {
                case 0 or 1:
                    var wanted = epoch.Spent + _random.Next(1_000);
                    var step = LeaseDecision.Decide(
                        epoch.Licence.Credit, new(epoch.Granted, epoch.Spent, wanted), _balance - Held, 500);
                    epoch.Granted += step.Extra;
                    epoch.Licence.Grant(step.Extra);
                    break;
                case 2 or 3:
                    epoch.Spent += _random.NextInt64(epoch.Granted - epoch.Spent + 1);
                    break;
                case 4:
                    epoch.Arrived += _random.NextInt64(epoch.Spent - epoch.Arrived + 1);
                    break;
                case 5:
                    epoch.Settle(LeaseDecision.Keep(epoch.Granted, true, epoch.Spent, epoch.Arrived));
                    break;
                case 6:
                    // The log is lost. What never arrived nobody can tell; what arrived stays held though the epoch is settled.
                    epoch.Spent = epoch.Arrived;
                    epoch.Settle(LeaseDecision.Keep(epoch.Granted, true, 0, epoch.Arrived));
                    _epochs[at] = new Epoch(epoch.Licence);
                    break;
                case 7:
                    // Top-up, or a refund of what is free.
                    _balance += _random.Next(2) == 0 ? _random.Next(200) : -_random.NextInt64(Math.Max(0, _balance - Held) + 1);
                    // And usage that was billed without any lease, which only free money pays.
                    _licences[_random.Next(2)].Unpaid += _random.Next(4) == 0 ? _random.Next(500) : 0;
                    break;
                default:
                    Run();
                    break;
            }

            _balance.ShouldBeGreaterThanOrEqualTo(0);
        }

        private void Run()
        {
            foreach (var licence in _licences.OrderBy(_ => _random.Next()))
            {
                var most = Most(_balance, Held, licence.Own);
                var used = licence.Arrived - licence.Credit.BilledTotal;
                var (due, carry) = (licence.Credit.Price!.Cost(used) + licence.Carry).RoundHalfEven();
                due.ShouldBeLessThanOrEqualTo(most, "what was leased is there");
                licence.Charge(used, carry);
                _balance -= due;
                // What no lease covered takes what is free: not even the licence's own hold, which others wait to deliver.
                var late = Math.Min(licence.Unpaid, Most(_balance, Held, own: 0));
                licence.Unpaid -= late;
                _balance -= late;
            }
        }
    }

    private sealed class Licence(Price price)
    {
        public LicenceCredit Credit { get; private set; } = new(0, 0, price, null);

        public ExactAmount Carry { get; private set; } = ExactAmount.Zero;

        /// <summary>Usage that arrived, of all its epochs.</summary>
        public long Arrived { get; set; }

        public long Unpaid { get; set; }

        /// <summary>What is held for it: its leases and what rounding left over.</summary>
        public long Own => Credit.Held + Math.Max(0, Carry.Ceiling());

        public void Grant(long more) => Credit = Credit with { GrantedTotal = Credit.GrantedTotal + more };

        public void Charge(long used, ExactAmount carry) =>
            (Credit, Carry) = (Credit with { BilledTotal = Credit.BilledTotal + used }, carry);
    }

    private sealed class Epoch(Licence licence)
    {
        private long _arrived;

        public Licence Licence { get; } = licence;

        public long Granted { get; set; }

        public long Spent { get; set; }

        public long Arrived
        {
            get => _arrived;
            set
            {
                Licence.Arrived += value - _arrived;
                _arrived = value;
            }
        }

        public void Settle(long kept)
        {
            Licence.Grant(kept - Granted);
            Granted = kept;
        }
    }
}
