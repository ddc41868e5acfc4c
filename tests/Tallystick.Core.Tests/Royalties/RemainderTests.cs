using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Royalties;

/// <summary>Nobody always loses the rounding: what is cut off now is had later.</summary>
public sealed class RemainderTests
{
    [Fact]
    public void Twenty_charges_of_a_cent_give_the_platform_its_tenth_and_each_half_its_half()
    {
        var books = new Shared();
        for (var i = 0; i < 20; i++)
        {
            books.Charge(1, 1_000, Equal(2));
        }

        books.Had(Remainder.Platform).ShouldBe(2);
        books.Had(Org(1)).ShouldBe(9);
        books.Had(Org(2)).ShouldBe(9);
        books.Rounding.ShouldBe(0);
    }

    [Fact]
    public void Ten_sales_of_a_dollar_reach_each_of_a_hundred_equal_payees()
    {
        var books = new Shared();
        for (var i = 0; i < 10; i++)
        {
            books.Charge(100, 1_000, Equal(100));
        }

        Enumerable.Range(1, 100).ShouldAllBe(i => books.Had(Org(i)) == 9);
        books.Had(Remainder.Platform).ShouldBe(100);
    }

    [Fact]
    public void After_any_charges_by_any_rules_everybody_is_within_a_unit_of_their_exact_part() => Prop.ForAll(
        Arb.From(Gen.ArrayOf(Charge(), 60)),
        charges =>
        {
            var books = new Shared();
            return Array.TrueForAll(charges, c =>
            {
                var split = books.Charge(c.Gross, c.Fee, c.Split);
                return split.Fee + split.Shares.Sum(s => s.Minor) + split.Rounding == c.Gross &&
                    split.Fee >= 0 && split.Shares.All(s => s.Minor >= 0) && books.AllWithinAUnit();
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_rounding_account_holds_the_sum_of_all_remainders() => Prop.ForAll(
        Arb.From(Gen.ArrayOf(Charge(), 60)),
        charges =>
        {
            var books = new Shared();
            Array.ForEach(charges, c => books.Charge(c.Gross, c.Fee, c.Split));
            return books.SumOfRemainders == (BigInteger)books.Rounding * Remainder.Unit;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_largest_charge_there_can_be_is_split() =>
        new Shared().Charge(long.MaxValue, 1_000, Equal(3)).Shares.Sum(s => (decimal)s.Minor).ShouldBeGreaterThan(8e18m);

    [Fact]
    public void Of_a_new_payee_at_least_what_the_operator_says_is_held_back()
    {
        var isNew = new HashSet<OrganisationId> { Org(1) };

        var split = ChargeSplit.Of(1_000, 0, Equal(2), new Holdback(1_000, 5_000, isNew));
        var byRule = ChargeSplit.Of(1_000, 0, Equal(2), new Holdback(8_000, 5_000, isNew));

        split.Shares.Select(s => (s.HeldBack, s.HeldAsNew)).ShouldBe([(250, 250), (50, 0)]);
        byRule.Shares.Select(s => (s.HeldBack, s.HeldAsNew)).ShouldBe([(400, 250), (400, 0)]);
    }

    [Fact]
    public void Twenty_small_files_with_a_fresh_licence_each_cost_what_they_are_worth()
    {
        var price = new Price(new Money(5, Currency.Usd), Meter.BytesDelivered, 1_000_000);
        var (carry, charged) = (ExactAmount.Zero, 0L);
        for (var i = 0; i < 20; i++)
        {
            var line = ChargeLine.Of(price, 95_000, carry, long.MaxValue);
            (carry, charged) = (line.Carry, charged + line.Charged);
        }

        charged.ShouldBeInRange(9, 10);
        (charged + ChargeLine.End(carry, long.MaxValue).Charged).ShouldBe(10);
    }

    [Theory]
    [InlineData(1, 1_000_000, 1)]
    [InlineData(0, 1, 0)]
    [InlineData(-500_000, 1_000_000, 0)]
    [InlineData(500_000, 1_000_000, 1)]
    public void A_carry_ends_upwards(long numerator, long denominator, long charged) =>
        ChargeLine.End(new ExactAmount(numerator, denominator), 10).ShouldBe(
            new ChargeLine(ExactAmount.Zero, charged, 0, ExactAmount.Zero));

    [Fact]
    public void What_a_gate_holds_for_one_licence_is_drawn_by_no_other()
    {
        var (mine, other) = (Licence(1), Licence(2));
        var wallet = new DrawnWallet(4_050, 4_050, new Dictionary<LicenceId, long> { [other] = 4_050 }, 0, owed: 2_251, 0);

        wallet.ForOwed.ShouldBe(0);
        wallet.ForUse(mine, hasCarry: false).ShouldBe(0);
        wallet.ForUse(other, hasCarry: false).ShouldBe(4_050);
    }

    [Fact]
    public void A_line_draws_its_own_lease_and_then_only_what_is_free()
    {
        var (mine, other) = (Licence(1), Licence(2));
        var wallet = new DrawnWallet(
            1_000, 400, new Dictionary<LicenceId, long> { [mine] = 100, [other] = 300 }, carries: 1, owed: 50, disputed: 200);

        wallet.ForUse(mine, hasCarry: true).ShouldBe(100 + 350);
        wallet.ForUse(mine, hasCarry: false).ShouldBe(100 + 349);
        wallet.Use(mine, 450, 70);
        // 550 left: 300 leased, 200 contested, 1 for a fraction, 49 for the 120 that are owed now.
        wallet.ForOwed.ShouldBe(49);
        wallet.ForUse(mine, hasCarry: false).ShouldBe(0);
        wallet.ForUse(other, hasCarry: false).ShouldBe(300);
    }

    [Fact]
    public void Nothing_is_drawn_twice_whatever_the_order_of_the_lines() => Prop.ForAll(
        Arb.From(Gen.Choose(0, 500)),
        Arb.From(Gen.ArrayOf(Gen.Choose(0, 200), 5)),
        Arb.From(Gen.ArrayOf(Gen.Choose(0, 300), 5)),
        (balance, leases, dues) =>
        {
            var held = leases.Select((l, i) => (Licence(i), (long)l)).ToDictionary(l => l.Item1, l => l.Item2);
            var (wallet, left) = (new DrawnWallet(balance, leases.Sum(), held, 0, 0, 0), (long)balance);
            return Enumerable.Range(0, 5).All(i =>
            {
                var charged = Math.Min(dues[i], wallet.ForUse(Licence(i), false));
                var others = leases.Skip(i + 1).Sum(l => (long)l);
                wallet.Use(Licence(i), charged, dues[i] - charged);
                left -= charged;
                // Whoever comes later still finds the lease, when the wallet covered all leases to begin with.
                return left >= 0 && (leases.Sum() > balance || left >= others);
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Charges_use_up_the_oldest_top_up_first()
    {
        var (first, second) = (new Guid(1, 0, 0, new byte[8]), new Guid(2, 0, 0, new byte[8]));
        var queue = new TopUpQueue([new(first, 100), new(default, 0), new(second, 50)]);

        queue.Take(70).ShouldBe([new(first, 70)]);
        queue.Take(40).ShouldBe([new(first, 30), new(second, 10)]);
        queue.Take(100).ShouldBe([new(second, 40)]);
        queue.Take(1).ShouldBeEmpty();
    }

    private static Gen<(long Gross, int Fee, FlatSplit Split)> Charge() =>
        from gross in Gen.OneOf(Gen.Choose(0, 5), Gen.Choose(0, 100_000))
        from fee in Gen.Elements(0, 1, 999, 1_000, 3_333, 10_000)
        from first in Gen.Choose(1, 6)
        from weights in Gen.NonEmptyListOf(Gen.Choose(1, 9_999))
        select ((long)gross, fee, Weighted(first, [.. weights.Take(5)]));

    private static FlatSplit Weighted(int first, int[] parts)
    {
        var weights = LargestRemainder.Split(FlatSplit.Whole, [.. parts.Select(p => (long)p)]);
        return new FlatSplit([.. weights.Select((w, i) => new FlatShare(Org(first + i), w))]);
    }

    private static FlatSplit Equal(int payees) => Weighted(1, [.. Enumerable.Repeat(1, payees)]);

    private static OrganisationId Org(int n) => new(new Guid(n, 0, 0, new byte[8]));

    private static LicenceId Licence(int n) => new(new Guid(n, 1, 0, new byte[8]));

    /// <summary>What everybody had and should have had.</summary>
    private sealed class Shared
    {
        private readonly Dictionary<OrganisationId, Int128> _remainders = [];
        private readonly Dictionary<OrganisationId, BigInteger> _exact = [];
        private readonly Dictionary<OrganisationId, BigInteger> _had = [];

        public long Rounding { get; private set; }

        public BigInteger SumOfRemainders => _remainders.Values.Aggregate(BigInteger.Zero, (s, r) => s + r);

        public long Had(OrganisationId who) => (long)_had[who];

        public ChargeSplit Charge(long gross, int fee, FlatSplit split)
        {
            var result = ChargeSplit.Of(gross, fee, split, Holdback.None, _remainders);
            foreach (var remainder in result.Remainders)
            {
                _remainders[remainder.Participant] = remainder.Numerator;
            }

            Add(Remainder.Platform, (BigInteger)gross * fee * FlatSplit.Whole, result.Fee);
            foreach (var (part, share) in split.Shares.Zip(result.Shares))
            {
                Add(share.Payee, (BigInteger)gross * (RuleCheck.BasisPoints - fee) * part.Weight, share.Minor);
            }

            Rounding += result.Rounding;
            return result;
        }

        public bool AllWithinAUnit() => _exact.All(e =>
            BigInteger.Abs(e.Value - (_had[e.Key] * Remainder.Unit)) < (BigInteger)Remainder.Unit);

        private void Add(OrganisationId who, BigInteger exact, long minor)
        {
            _exact[who] = _exact.GetValueOrDefault(who) + exact;
            _had[who] = _had.GetValueOrDefault(who) + minor;
        }
    }
}
