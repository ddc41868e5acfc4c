using System.Numerics;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>What everybody should have had and should have paid, counted apart from the code that decides it.</summary>
internal sealed class ExactShares
{
    /// <summary>Parts of a unit: the fee's basis points and a flat split's whole.</summary>
    private static readonly BigInteger Unit = BigInteger.Pow(10, 20);

    private readonly Dictionary<OrganisationId, (BigInteger Exact, long Had)> _parts = [];
    private readonly Dictionary<CarryKey, (BigInteger Quantity, long Charged)> _bills = [];

    /// <summary>Losses that payees bore after they had shared: each is theirs to within a unit.</summary>
    public int LossesBorne { get; set; }

    /// <summary>The most of a line that was due and not in the wallet; it is owed, and collected by a later run.</summary>
    public long UnpaidMost { get; set; }

    public int NextOwed { get; set; } = 1;

    public IReadOnlyDictionary<OrganisationId, (BigInteger Exact, long Had)> Parts => _parts;

    public void Shared(ChargeSplit split, int feeBasisPoints, FlatSplit rule)
    {
        Add(Remainder.Platform, new BigInteger(split.Gross) * feeBasisPoints * BigInteger.Pow(10, 16), split.Fee);
        foreach (var (share, part) in rule.Shares.Zip(split.Shares))
        {
            Add(share.Payee, new BigInteger(split.Gross) * (10_000 - feeBasisPoints) * share.Weight, part.Minor);
        }

        (split.Fee + split.Shares.Sum(s => s.Minor) + split.Rounding).ShouldBe(split.Gross);
    }

    /// <summary>The buyer pays, by key, what all quantity together costs: to half a unit while it goes on.</summary>
    public void Billed(CarryKey key, long quantity, ChargeLine line)
    {
        var (all, charged) = _bills.GetValueOrDefault(key);
        _bills[key] = (all, charged) = (all + quantity, charged + line.Charged + line.Uncollected);
        var off = (all * key.Price.Amount.Minor) - (new BigInteger(charged) * key.Price.Per);
        (2 * BigInteger.Abs(off)).ShouldBeLessThanOrEqualTo(key.Price.Per, $"{key}");
        (off * line.Carry.Denominator).ShouldBe((BigInteger)line.Carry.Numerator * key.Price.Per, $"{key}");
    }

    /// <summary>Upwards, by less than a unit; what is used under the key later begins anew.</summary>
    public void Ended(CarryKey key, ExactAmount left, ChargeLine line)
    {
        var (all, charged) = _bills[key];
        charged += line.Charged + line.Uncollected;
        var more = (new BigInteger(charged) * key.Price.Per) - (all * key.Price.Amount.Minor);
        more.ShouldBeGreaterThanOrEqualTo(0, $"{key}");
        more.ShouldBeLessThan(key.Price.Per, $"{key}");
        left.Numerator.ShouldBeGreaterThan(0);
        _bills.Remove(key);
    }

    public void Check(string where)
    {
        foreach (var (participant, (exact, had)) in _parts)
        {
            BigInteger.Abs(exact - (had * Unit)).ShouldBeLessThan(Unit, $"{where}: {participant}");
        }
    }

    private void Add(OrganisationId participant, BigInteger exact, long had)
    {
        var before = _parts.GetValueOrDefault(participant);
        _parts[participant] = (before.Exact + exact, before.Had + had);
    }
}
