using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Royalties;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>
/// Billing runs, in chunks: each reads what is stored and stores what it did, so that a restart between two of them, or before
/// the end of one, changes nothing. Between chunks the crowd goes on hearing news.
/// </summary>
internal sealed class SimulatedRuns(MoneyWorld world, Random random)
{
    private const int ChunkMost = 3;

    private readonly List<(Licence Licence, int Version, long Quantity)> _counted = [];
    private readonly Dictionary<CarryKey, Carry> _carries = [];
    private readonly Dictionary<OrganisationId, Int128> _remainders = [];
    private readonly List<(OrganisationId Payee, DateTimeOffset Release, long Minor)> _holdbacks = [];
    private readonly Dictionary<OrganisationId, long> _used = [];
    private List<Uncollected> _owed = [];
    private int _runs;

    public IReadOnlyDictionary<OrganisationId, Int128> Remainders => _remainders;

    public IEnumerable<Carry> Carries => _carries.Values;

    public long Used(OrganisationId buyer) => _used.GetValueOrDefault(buyer);

    public long Owed(OrganisationId buyer) => _owed.Where(o => o.Licence.Buyer == buyer).Sum(o => o.Minor);

    public long Balance(OrganisationId buyer) => -world.Books.Of(AccountKind.BuyerPrepaid, buyer);

    public long Held(OrganisationId buyer) =>
        Leased(buyer) + CarriesHeld(buyer) + Owed(buyer) + Disputed(buyer);

    public long Free(OrganisationId buyer) => Math.Max(0, Balance(buyer) - Held(buyer));

    public long WaitingHoldback(OrganisationId payee) => _holdbacks.Where(h => h.Payee == payee).Sum(h => h.Minor);

    public void Count(Licence licence, int version, long quantity)
    {
        var at = _counted.FindIndex(c => c.Licence == licence && c.Version == version);
        if (at < 0)
        {
            _counted.Add((licence, version, quantity));
        }
        else
        {
            _counted[at] = (licence, version, _counted[at].Quantity + quantity);
        }
    }

    /// <summary>1 Claimed. 2 What was owed. 3 Usage. 4 Carries that end. 5 Purchases. 6 Holdbacks, and what is owed is queued.</summary>
    public void Run()
    {
        // 1
        var (run, number) = (new BillingRunId(world.NewId()), ++_runs);
        var lines = _counted.ToList();
        _counted.Clear();
        foreach (var due in world.Payments.Where(IsDue))
        {
            due.SharedIn = number;
        }

        Pause();
        Collect(run); // 2
        Pause();
        foreach (var chunk in lines.Chunk(ChunkMost)) // 3
        {
            Charge(run, chunk);
            Pause();
        }

        EndCarries(run); // 4
        Pause();
        foreach (var purchase in world.Payments.Where(p => p.SharedIn == number).ToList()) // 5
        {
            Share(run, purchase);
            Pause();
        }

        PayPayees(run); // 6
    }

    private bool IsDue(Payment p) => p is { IsPurchase: true, IsKnown: true, SharedIn: null, IsRefundAsked: false, Disputed: 0 } &&
        p.RefundUntil < world.Now && p.Gross - p.Refunded - p.Lost > 0;

    /// <summary>The process may be killed here and started again; who stands aside is not disturbed by how long a run is.</summary>
    private void Pause()
    {
        foreach (var tenant in world.Tenants.Where(t => t != world.Bystander && random.Next(2) == 0))
        {
            tenant.HearSome();
        }
    }

    private void Collect(BillingRunId run)
    {
        foreach (var debt in _owed.ToList())
        {
            var wallet = Wallet(debt.Licence.Buyer, []);
            var minor = Math.Min(debt.Minor, wallet.ForOwed);
            wallet.Collect(minor);
            if (minor > 0)
            {
                Post(run, debt.Licence, $"owed-{debt.Id}", debt.RuleVersion, minor);
                _owed = [.. _owed.Select(o => o == debt ? o with { Minor = o.Minor - minor } : o).Where(o => o.Minor > 0)];
            }
        }
    }

    private void Charge(BillingRunId run, IReadOnlyList<(Licence Licence, int Version, long Quantity)> lines)
    {
        var wallets = lines.Select(l => l.Licence.Buyer).Distinct()
            .ToDictionary(b => b, b => Wallet(b, [.. lines.Select(l => l.Licence).Distinct()]));
        foreach (var (licence, version, quantity) in lines)
        {
            var wallet = wallets[licence.Buyer];
            var before = _carries.TryGetValue(licence.Key, out var carry) ? carry.Left : ExactAmount.Zero;
            var line = ChargeLine.Of(licence.Price, quantity, before, wallet.ForUse(licence.Id, before.Numerator > 0));
            wallet.Use(licence.Id, line.Charged, line.Uncollected);
            _carries[licence.Key] = new Carry(line.Carry, licence, version);
            world.Exact.Billed(licence.Key, quantity, line);
            Post(run, licence, $"{version}", version, line.Charged);
            Owe(licence, version, line.Uncollected);
            licence.Credit = licence.Credit with
            {
                BilledTotal = licence.Credit.BilledTotal + quantity,
                GrantedTotal = Math.Max(licence.Credit.GrantedTotal, licence.Credit.BilledTotal + quantity),
            };
        }
    }

    private void EndCarries(BillingRunId run)
    {
        var going = world.Tenants.SelectMany(t => t.Licences).Where(l => !l.HasEnded).Select(l => l.Key).ToHashSet();
        foreach (var (key, carry) in _carries.Where(c => c.Value.Left.Numerator > 0 && !going.Contains(c.Key)).ToList())
        {
            var wallet = Wallet(key.Buyer, []);
            var line = ChargeLine.End(carry.Left, wallet.ForCarry);
            wallet.End(line.Charged, line.Uncollected);
            _carries.Remove(key);
            world.Exact.Ended(key, carry.Left, line);
            Post(run, carry.Licence, "carry", carry.RuleVersion, line.Charged);
            Owe(carry.Licence, carry.RuleVersion, line.Uncollected);
        }
    }

    private void Share(BillingRunId run, Payment purchase)
    {
        var version = purchase.Creator!.VersionAt(purchase.PaidAt);
        var split = Split(-world.Books.Balance(purchase.Holding), purchase.FeeBasisPoints, purchase.Creator, version);
        if (split.Gross > 0)
        {
            world.Books.Post(ChargePostings.Purchase(run, new(purchase.Id), Usd, split, world.Now)).ShouldBeTrue();
            purchase.Charges.Add(split);
        }
    }

    private void PayPayees(BillingRunId run)
    {
        foreach (var due in _holdbacks.Where(h => h.Release <= world.Now).GroupBy(h => h.Payee, h => h.Minor).ToList())
        {
            var later = _holdbacks.Where(h => h.Payee == due.Key && h.Release > world.Now).Sum(h => h.Minor);
            var minor = HoldbackRelease.Of(due.Sum(), -world.Books.Of(AccountKind.Holdback, due.Key), later);
            if (minor > 0)
            {
                world.Books.Post(ChargePostings.HoldbackReleased($"holdback/{run}/{due.Key}", due.Key, new Money(minor, Usd), world.Now));
            }
        }

        _holdbacks.RemoveAll(h => h.Release <= world.Now);
        foreach (var payee in world.Payees)
        {
            var step = OwedStep.Of(
                -world.Books.Of(AccountKind.CreatorPayable, payee), world.Books.Of(AccountKind.CreatorDebt, payee), 100, 1);
            if (step.Settled > 0)
            {
                world.Books.Post(ChargePostings.DebtSettled(run, payee, new Money(step.Settled, Usd), world.Now));
            }

            if (step.Due > 0)
            {
                world.Payouts.Queue(payee, step.Due);
            }
        }
    }

    private void Post(BillingRunId run, Licence licence, string line, int version, long gross)
    {
        if (gross > 0)
        {
            var split = Split(gross, licence.FeeBasisPoints, licence.Creator, version);
            world.Books.Post(ChargePostings.Usage(run, licence.Id, line, licence.Buyer, Usd, split, world.Now)).ShouldBeTrue();
            _used[licence.Buyer] = Used(licence.Buyer) + gross;
            Fund(licence.Buyer, gross);
        }
    }

    private ChargeSplit Split(long gross, int fee, Creator creator, int version)
    {
        var rule = creator.Rule(version);
        var split = ChargeSplit.Of(gross, fee, creator.Split(version), new Holdback(rule.HoldbackBasisPoints), _remainders);
        split.Remainders.ToList().ForEach(r => _remainders[r.Participant] = r.Numerator);
        _holdbacks.AddRange(split.Shares.Where(s => s.HeldBack > 0)
            .Select(s => (s.Payee, world.Now.AddDays(rule.HoldbackDays), s.HeldBack)));
        world.Exact.Shared(split, fee, creator.Split(version));
        return split;
    }

    /// <summary>Which top-ups paid for it: the oldest first, and none for more than it brought.</summary>
    private void Fund(OrganisationId buyer, long gross)
    {
        var paid = world.Payments.Where(p => p is { IsPurchase: false, IsKnown: true } && p.Buyer == buyer).ToList();
        var queue = new TopUpQueue(paid.Select(p => new FundedPart(p.Id, p.Gross - p.Refunded - p.Lost - p.Funded)));
        foreach (var part in queue.Take(gross))
        {
            paid.Find(p => p.Id == part.TopUp)!.Funded += part.Minor;
        }
    }

    private void Owe(Licence licence, int version, long minor)
    {
        if (minor > 0)
        {
            world.Exact.UnpaidMost = Math.Max(world.Exact.UnpaidMost, minor);
            _owed.Add(new(world.Exact.NextOwed++, licence, version, minor));
        }
    }

    private DrawnWallet Wallet(OrganisationId buyer, IReadOnlyList<Licence> licences) => new(
        Balance(buyer), Leased(buyer), licences.ToDictionary(l => l.Id, l => l.Credit.Held), CarriesHeld(buyer), Owed(buyer),
        Disputed(buyer));

    private long Leased(OrganisationId buyer) =>
        world.Tenants.SelectMany(t => t.Licences).Where(l => l.Buyer == buyer).Sum(l => l.Credit.Held);

    private long CarriesHeld(OrganisationId buyer) => _carries.Where(c => c.Key.Buyer == buyer).Sum(c => c.Value.Held);

    private long Disputed(OrganisationId buyer) =>
        world.Payments.Where(p => !p.IsPurchase && p.Buyer == buyer).Sum(p => p.Disputed);
}
