using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Leases;

/// <summary>Several gates and several licences on one wallet, over a network that delays, reorders, repeats and loses.</summary>
public sealed class LeaseSimulationTests
{
    [Fact]
    public void No_gate_ever_delivers_what_the_server_does_not_count_as_granted() => Prop
        .ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var world = new World(new Random(seed));
            for (var step = 0; step < 300; step++)
            {
                world.Step();
                world.Check();
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Every_licence_gets_what_it_needs_until_the_wallet_is_spent_to_its_last_cent() => Prop
        .ForAll(ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<byte>(), (cents, licences) =>
        {
            // One unit a cent; each licence needs one more unit in turn, and its gate asks for as much as it may.
            var price = new Price(new Money(1, Currency.Usd), Meter.SegmentUnlocked, 1);
            var leases = new (long Leased, long Spent)[1 + (licences % 5)];
            long Available() => cents.Get - leases.Sum(l => l.Leased);
            for (var turn = 0; turn < (cents.Get * leases.Length) + leases.Length; turn++)
            {
                ref var lease = ref leases[turn % leases.Length];
                if (lease.Leased == lease.Spent)
                {
                    var ask = new LeaseAsk(lease.Leased, lease.Spent, lease.Spent + 64, lease.Spent + 1);
                    lease.Leased += LeaseDecision.Decide(new(lease.Leased, 0, price, null), ask, Available(), 1_000).Extra;
                }

                lease.Spent = Math.Min(lease.Leased, lease.Spent + 1);
            }

            leases.Sum(l => l.Spent).ShouldBe(cents.Get);
            (leases.Max(l => l.Spent) - leases.Min(l => l.Spent)).ShouldBeLessThanOrEqualTo((cents.Get / 2) + 1, "nobody starves");
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private sealed class World
    {
        private readonly Random _random;
        private readonly long _balance;
        private readonly LicenceCredit[] _credits;
        private readonly Gate[] _gates;
        private readonly List<Message> _network = [];

        public World(Random random)
        {
            _random = random;
            _balance = random.Next(1, 3_000);
            _credits = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new LicenceCredit(
                0, 0, new Price(new Money(random.Next(1, 9), Currency.Usd), Meter.BytesDelivered, random.Next(1, 500)), null))];
            _gates = [.. Enumerable.Range(0, 3 * _credits.Length).Select(i => new Gate(i % _credits.Length))];
        }

        public void Step()
        {
            var gate = _gates[_random.Next(_gates.Length)];
            switch (_random.Next(6))
            {
                case 0 when gate.Waiting is null:
                    Send(new Message(gate, false, gate.Spent, gate.Spent + _random.Next(2_000), gate.Version));
                    break;
                case 1 when gate.Waiting is null && gate.Granted > gate.Spent:
                    gate.Granted = gate.Spent;
                    Send(new Message(gate, true, gate.Spent, 0, gate.Version));
                    break;
                case 2:
                    gate.Spent += _random.NextInt64(gate.Granted - gate.Spent + 1);
                    break;
                case 3:
                    // Given up: what was sent may still arrive, its answer is not listened to.
                    gate.Waiting = null;
                    break;
                case var _ when _network.Count > 0:
                    var message = _network[_random.Next(_network.Count)];
                    if (_random.Next(5) > 0)
                    {
                        _network.Remove(message);
                    }

                    Receive(message);
                    break;
                default:
                    break;
            }
        }

        public void Check()
        {
            (_balance - _credits.Sum(c => c.Held)).ShouldBeGreaterThanOrEqualTo(0);
            _gates.ShouldAllBe(g => g.Spent <= g.Granted && g.Granted <= g.ServerGranted);
            for (var i = 0; i < _credits.Length; i++)
            {
                _credits[i].GrantedTotal.ShouldBe(_gates.Where(g => g.Licence == i).Sum(g => g.ServerGranted));
            }
        }

        private void Send(Message message)
        {
            message.Gate.Waiting = message;
            _network.Add(message);
        }

        private void Receive(Message message)
        {
            var gate = message.Gate;
            ref var credit = ref _credits[gate.Licence];
            var before = gate.ServerGranted;
            if (message.IsReturn)
            {
                var isNewest = message.Version == gate.ServerVersion;
                gate.ServerGranted = LeaseDecision.Keep(before, isNewest, message.Spent, 0);
                gate.ServerVersion += isNewest ? 1 : 0;
            }
            else
            {
                var available = _balance - _credits.Sum(c => c.Held);
                var ask = new LeaseAsk(before, message.Spent, message.Wanted, message.Spent + _random.NextInt64(message.Wanted - message.Spent + 1));
                gate.ServerGranted += LeaseDecision.Decide(credit, ask, available, 1_000).Extra;
                gate.ServerVersion++;
            }

            credit = credit with { GrantedTotal = credit.GrantedTotal + gate.ServerGranted - before };
            if (gate.Waiting == message)
            {
                gate.Waiting = null;
                gate.Version = gate.ServerVersion;
                gate.Granted = message.IsReturn ? gate.Granted : Math.Max(gate.Granted, gate.ServerGranted);
            }
        }
    }

    private sealed class Gate(int licence)
    {
        public int Licence { get; } = licence;

        public long Granted { get; set; }

        public long Spent { get; set; }

        public long Version { get; set; }

        public Message? Waiting { get; set; }

        public long ServerGranted { get; set; }

        public long ServerVersion { get; set; }
    }

    private sealed record Message(Gate Gate, bool IsReturn, long Spent, long Wanted, long Version);
}
