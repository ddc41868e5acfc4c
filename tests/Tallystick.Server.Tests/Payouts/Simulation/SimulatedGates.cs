using Tallystick.Core.Leases;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>
/// Two gates that deliver within their leases, and where there are enemies a third that makes events up. Questions, answers and
/// uploads are late, lost, repeated and overtake each other; gates are restarted, and lose their logs.
/// </summary>
internal sealed class SimulatedGates
{
    private readonly MoneyWorld _world;
    private readonly Tenant _tenant;
    private readonly Random _random;
    private readonly List<GateEpoch> _epochs;
    private readonly List<GateEpoch> _left = [];
    private readonly List<Message> _network = [];

    public SimulatedGates(MoneyWorld world, Tenant tenant, Random random, bool hostile)
    {
        (_world, _tenant, _random) = (world, tenant, random);
        _epochs = [new GateEpoch(false), new GateEpoch(false)];
        if (hostile)
        {
            _epochs.Add(new GateEpoch(true));
        }
    }

    /// <summary>Events that did not count.</summary>
    public int Quarantined { get; private set; }

    public void Step()
    {
        for (var i = 0; i < 3; i++)
        {
            One(_random.Next(_epochs.Count));
        }
    }

    public void UploadAll()
    {
        foreach (var epoch in _epochs)
        {
            Take(new Message(epoch, null, MessageKind.Upload, 0, epoch.Log.Count, 0));
        }
    }

    /// <summary>Licences have ended: nobody will deliver under them any more.</summary>
    public void GiveAllBack()
    {
        foreach (var epoch in _epochs.Concat(_left))
        {
            Settle(epoch);
        }

        _epochs.ForEach(e => e.IsLost = true);
    }

    /// <summary>What was granted is the sum of what is granted, and nobody delivered or was counted more.</summary>
    public void Check(string where)
    {
        foreach (var (licence, lease) in _epochs.Concat(_left).SelectMany(e => e.Leases))
        {
            lease.Arrived.ShouldBeLessThanOrEqualTo(lease.ServerGranted, where);
            lease.Spent.ShouldBeLessThanOrEqualTo(lease.Granted, where);
            licence.Credit.BilledTotal.ShouldBeLessThanOrEqualTo(licence.Credit.GrantedTotal, where);
        }
    }

    private void One(int at)
    {
        var epoch = _epochs[at];
        var (licence, deed) = (Any(_tenant.Licences), _random.Next(10));
        switch (deed)
        {
            case 0 or 1 when licence is not null && epoch.Lease(licence) is { Waiting: null } lease:
                // A few units, worth less than a cent, or many.
                var scale = (int[])[1, 1, 40, 400];
                var more = 1 + _random.NextInt64((licence.Price.Per * scale[_random.Next(4)] / licence.Price.Amount.Minor) + 1);
                Ask(epoch, licence, lease, MessageKind.Ask, lease.Spent + more);
                break;
            case 2 when licence is not null && epoch.Lease(licence) is { Waiting: null } lease && lease.Granted > lease.Spent:
                lease.Granted = lease.Spent;
                Ask(epoch, licence, lease, MessageKind.Return, 0);
                break;
            case 3 or 4 when licence is not null:
                Deliver(epoch, licence);
                break;
            case 5 or 6:
                var from = _random.Next(epoch.Acknowledged + 1);
                _network.Add(new Message(epoch, null, MessageKind.Upload, from, _random.Next(from, epoch.Log.Count + 1), 0));
                break;
            case 7 when _random.Next(8) == 0:
                Restart(at);
                break;
            case 8 when _random.Next(8) == 0 && _left.Count > 0:
                Settle(_left[_random.Next(_left.Count)]);
                break;
            default:
                if (_network.Count > 0)
                {
                    var message = _network[_random.Next(_network.Count)];
                    if (_random.Next(5) > 0)
                    {
                        _network.Remove(message);
                    }

                    Take(message);
                }

                break;
        }
    }

    private void Deliver(GateEpoch epoch, Licence licence)
    {
        var lease = epoch.Lease(licence);
        if (epoch.IsHostile)
        {
            epoch.Log.Add(new(licence, 1 + _random.NextInt64((lease.Granted * 3) + 10), _world.Now));
            return;
        }

        var quantity = _random.NextInt64(lease.Granted - lease.Spent + 1);
        if (quantity > 0)
        {
            lease.Spent += quantity;
            epoch.Log.Add(new(licence, quantity, _world.Now));
        }
    }

    /// <summary>What was in memory only is gone: who waited for an answer, what was acknowledged. Now and then the log is lost.</summary>
    private void Restart(int at)
    {
        var epoch = _epochs[at];
        epoch.Acknowledged = 0;
        foreach (var lease in epoch.Leases.Values)
        {
            lease.Waiting = null;
        }

        if (_random.Next(3) == 0)
        {
            epoch.IsLost = true;
            _left.Add(epoch);
            _epochs[at] = new GateEpoch(epoch.IsHostile);
        }
    }

    /// <summary>Long after: nothing of it arrives any more. What arrived stays held until it is billed.</summary>
    private void Settle(GateEpoch epoch)
    {
        _network.RemoveAll(m => m.Epoch == epoch);
        foreach (var (licence, lease) in epoch.Leases)
        {
            Grant(licence, lease, LeaseDecision.Keep(lease.ServerGranted, true, 0, lease.Arrived));
            lease.Granted = lease.Spent = 0;
        }
    }

    private void Ask(GateEpoch epoch, Licence licence, GateLease lease, MessageKind kind, long wanted)
    {
        var message = new Message(epoch, licence, kind, lease.Spent, wanted, lease.Version);
        lease.Waiting = message;
        _network.Add(message);
    }

    private void Take(Message message)
    {
        if (message.Kind == MessageKind.Upload)
        {
            Store(message);
        }
        else if (!message.Epoch.IsLost)
        {
            Answer(message, message.Licence!, message.Epoch.Lease(message.Licence!));
        }
    }

    private void Answer(Message message, Licence licence, GateLease lease)
    {
        if (message.Kind == MessageKind.Return)
        {
            var isNewest = message.Version == lease.ServerVersion;
            Grant(licence, lease, LeaseDecision.Keep(lease.ServerGranted, isNewest, message.From, lease.Arrived));
            lease.ServerVersion += isNewest ? 1 : 0;
        }
        else
        {
            var needed = message.From + _random.NextInt64(message.To - message.From + 1);
            var available = _world.Runs.Balance(licence.Buyer) - _world.Runs.Held(licence.Buyer);
            var ask = new LeaseAsk(lease.ServerGranted, message.From, message.To, needed);
            var step = licence.HasEnded ? default : LeaseDecision.Decide(licence.Credit, ask, available, 1_000_000_000);
            Grant(licence, lease, lease.ServerGranted + step.Extra);
            lease.ServerVersion++;
        }

        // An answer may be lost, and the gate gives up.
        if (lease.Waiting == message)
        {
            lease.Waiting = null;
            if (_random.Next(6) > 0)
            {
                lease.Version = lease.ServerVersion;
                lease.Granted = message.Kind == MessageKind.Return ? lease.Granted : Math.Max(lease.Granted, lease.ServerGranted);
            }
        }
    }

    private static void Grant(Licence licence, GateLease lease, long granted)
    {
        licence.Credit = licence.Credit with { GrantedTotal = licence.Credit.GrantedTotal + granted - lease.ServerGranted };
        lease.ServerGranted = granted;
    }

    /// <summary>1 What leaves a gap is refused, what is known is left out. 2 What was not granted does not count.</summary>
    private void Store(Message message)
    {
        var epoch = message.Epoch;
        if (message.From > epoch.Stored || message.To <= epoch.Stored)
        {
            epoch.Acknowledged = Math.Min(epoch.Stored, epoch.Log.Count); // 1
            return;
        }

        var events = epoch.Log[epoch.Stored..(int)message.To];
        epoch.Stored = (int)message.To;
        foreach (var some in events.GroupBy(e => e.Licence)) // 2
        {
            var lease = epoch.Lease(some.Key);
            var fits = GrantedUsage.Fits(lease.ServerGranted, lease.Arrived, [.. some.Select(e => e.Quantity)]);
            foreach (var (one, counts) in some.Zip(fits))
            {
                (counts || epoch.IsHostile).ShouldBeTrue("what was delivered within a lease counts");
                Quarantined += counts ? 0 : 1;
                if (counts)
                {
                    lease.Arrived += one.Quantity;
                    _world.Runs.Count(one.Licence, one.Licence.Creator.VersionAt(one.At), one.Quantity);
                }
            }
        }
    }

    private Licence? Any(List<Licence> all) => all.Count == 0 ? null : all[_random.Next(all.Count)];

    private enum MessageKind
    {
        Ask,
        Return,
        Upload,
    }

    /// <summary>A question with what was spent and is wanted, or an upload of events from a number up to another.</summary>
    private sealed record Message(GateEpoch Epoch, Licence? Licence, MessageKind Kind, long From, long To, long Version);

    private sealed record Delivered(Licence Licence, long Quantity, DateTimeOffset At);

    private sealed class GateEpoch(bool isHostile)
    {
        public bool IsHostile => isHostile;

        public bool IsLost { get; set; }

        public Dictionary<Licence, GateLease> Leases { get; } = [];

        public List<Delivered> Log { get; } = [];

        public int Acknowledged { get; set; }

        public int Stored { get; set; }

        public GateLease Lease(Licence licence)
        {
            if (!Leases.TryGetValue(licence, out var lease))
            {
                Leases[licence] = lease = new GateLease();
            }

            return lease;
        }
    }

    private sealed class GateLease
    {
        public long Granted { get; set; }

        public long Spent { get; set; }

        public long Version { get; set; }

        public Message? Waiting { get; set; }

        public long ServerGranted { get; set; }

        public long ServerVersion { get; set; }

        public long Arrived { get; set; }
    }
}
