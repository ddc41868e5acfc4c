using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Royalties;

public sealed class RoyaltiesTests
{
    private static readonly OrganisationId Ada = Org(1);
    private static readonly OrganisationId Ben = Org(2);
    private static readonly OrganisationId Cleo = Org(3);

    [Theory]
    [InlineData(100, new long[] { 1, 1, 1 }, new long[] { 34, 33, 33 })]
    [InlineData(10, new long[] { 5000, 3000, 2000 }, new long[] { 5, 3, 2 })]
    [InlineData(1, new long[] { 3333, 3333, 3334 }, new long[] { 0, 0, 1 })]
    [InlineData(-100, new long[] { 1, 1, 1 }, new long[] { -34, -33, -33 })]
    [InlineData(0, new long[] { 1, 2 }, new long[] { 0, 0 })]
    [InlineData(5, new long[] { 0, 1 }, new long[] { 0, 5 })]
    [InlineData(long.MaxValue, new long[] { 1, 1 }, new long[] { 4611686018427387904, 4611686018427387903 })]
    public void Units_left_over_go_to_those_whose_part_lost_most(long amount, long[] weights, long[] parts) =>
        LargestRemainder.Split(amount, weights).ShouldBe(parts);

    [Fact]
    public void Parts_sum_to_the_whole_and_none_is_off_by_a_unit_or_more() => Prop.ForAll(
        ArbMap.Default.ArbFor<long>(),
        Arb.From(Gen.Choose(1, 40).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 10_000).Select(w => (long)w), n))),
        (amount, weights) =>
        {
            if (weights.Sum() == 0 || amount == long.MinValue)
            {
                return true;
            }

            var parts = LargestRemainder.Split(amount, weights);
            var whole = (Int128)weights.Sum();
            return parts.Aggregate(Int128.Zero, (s, p) => s + p) == amount && parts
                .Zip(weights)
                .All(p => Int128.Abs(((Int128)p.First * whole) - ((Int128)amount * p.Second)) < whole);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fee_and_shares_sum_to_the_charge_and_nothing_is_negative() => Prop.ForAll(
        Arb.From(Gen.Choose(0, int.MaxValue)),
        Arb.From(Gen.Choose(0, 10_000)),
        Arb.From(Gen.Choose(0, 10_000)),
        (gross, fee, holdback) =>
        {
            var split = ChargeSplit.Of(gross, fee, RuleCheck.Flatten(Nested()), new Holdback(holdback));
            return split.Fee + split.Shares.Sum(s => s.Minor) + split.Rounding == gross && split.Fee >= 0 &&
                split.Shares.All(s => s.Minor >= 0 && s.HeldBack >= 0 && s.Payable >= 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_charge_splits_to_the_cent()
    {
        var split = ChargeSplit.Of(1_999, 1_500, RuleCheck.Flatten(Nested()), new Holdback(1_000));

        split.Fee.ShouldBe(300);
        split.Shares.Select(s => (s.Payee, s.Minor, s.HeldBack)).ShouldBe([(Ada, 849, 84), (Ben, 680, 68), (Cleo, 170, 17)]);
    }

    [Fact]
    public void Nested_splits_flatten_to_one_share_for_each_payee()
    {
        // 50 % Ada, 50 % band; band: 80 % Ben, 20 % Cleo. Ben: 40 %, Cleo: 10 %.
        var flat = RuleCheck.Flatten(Nested());

        flat.Shares.ShouldBe([
            new(Ada, FlatSplit.Whole / 2), new(Ben, FlatSplit.Whole / 10 * 4), new(Cleo, FlatSplit.Whole / 10)]);
    }

    [Fact]
    public void A_payee_who_is_named_twice_gets_one_share()
    {
        var flat = RuleCheck.Flatten(new RoyaltyRule(
            [new(6_000, Ada), new(4_000, Group: "all")],
            Groups(("all", [new(5_000, Ada), new(5_000, Ben)]))));

        flat.Shares.ShouldBe([new(Ada, FlatSplit.Whole / 10 * 8), new(Ben, FlatSplit.Whole / 10 * 2)]);
    }

    [Theory]
    [InlineData(6_000, 4_001)]
    [InlineData(6_000, 3_999)]
    [InlineData(10_001, -1)]
    public void Shares_that_do_not_make_a_hundred_percent_are_refused(int ada, int ben) =>
        RuleCheck.Errors(new RoyaltyRule([new(ada, Ada), new(ben, Ben)])).ShouldNotBeEmpty();

    [Fact]
    public void A_cycle_of_groups_is_refused()
    {
        var errors = RuleCheck.Errors(new RoyaltyRule(
            [new(10_000, Group: "a")],
            Groups(("a", [new(10_000, Group: "b")]), ("b", [new(5_000, Ada), new(5_000, Group: "a")]))));

        errors.ShouldHaveSingleItem().Message.ShouldContain("part of itself");
    }

    [Fact]
    public void A_share_too_small_to_ever_be_paid_is_refused()
    {
        var errors = RuleCheck.Errors(new RoyaltyRule(
            [new(9_999, Ada), new(1, Group: "a")],
            Groups(("a", [new(9_950, Ben), new(50, Cleo)]))));

        errors.ShouldHaveSingleItem().Message.ShouldContain("less than a hundredth");
    }

    [Fact]
    public void Nesting_deeper_than_four_levels_is_refused() =>
        RuleCheck.Errors(new RoyaltyRule(
            [new(10_000, Group: "a")],
            Groups(
                ("a", [new(10_000, Group: "b")]),
                ("b", [new(10_000, Group: "c")]),
                ("c", [new(10_000, Group: "d")]),
                ("d", [new(10_000, Ada)])))).ShouldHaveSingleItem().Message.ShouldContain("5 deep");

    [Fact]
    public void All_errors_of_a_rule_are_said_at_once()
    {
        var errors = RuleCheck.Errors(new RoyaltyRule(
            [new(5_000), new(5_000, Ada, "ghost")],
            MinimumPayout: new Money(-1, Currency.Usd),
            HoldbackBasisPoints: 20_000,
            HoldbackDays: 400));

        errors.Select(e => e.Member).Distinct().ShouldBe(
            ["holdback_basis_points", "holdback_days", "minimum_payout", "payees"]);
    }

    [Fact]
    public void Rounding_is_carried_so_that_many_small_lines_cost_what_one_large_one_does() => Prop.ForAll(
        Arb.From(Gen.ArrayOf(Gen.Choose(0, 5_000_000), 30)),
        Arb.From(Gen.Choose(1, 999)),
        (quantities, cents) =>
        {
            var price = new Price(new Money(cents, Currency.Usd), Meter.BytesDelivered, 1_000_000);
            var (carry, charged) = (ExactAmount.Zero, 0L);
            foreach (var quantity in quantities)
            {
                var line = ChargeLine.Of(price, quantity, carry, long.MaxValue);
                (carry, charged) = (line.Carry, charged + line.Charged);
            }

            var exact = price.Cost(quantities.Sum(q => (long)q));
            var (once, _) = exact.RoundHalfEven();
            return Math.Abs(once - charged) <= 1 && Same(exact, new ExactAmount(charged, 1) + carry);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(500_000, 2)] // 2.5 to even
    [InlineData(700_000, 4)] // 3.5 to even
    [InlineData(500_001, 3)]
    public void Half_a_cent_rounds_to_even(long bytes, long cents) => ChargeLine.Of(
        new Price(new Money(5, Currency.Usd), Meter.BytesDelivered, 1_000_000), bytes, ExactAmount.Zero, 100)
        .Charged.ShouldBe(cents);

    [Fact]
    public void What_the_wallet_does_not_hold_is_owed_and_no_part_of_the_carry()
    {
        var price = new Price(new Money(5, Currency.Usd), Meter.SegmentUnlocked, 1);

        var line = ChargeLine.Of(price, 10, ExactAmount.Zero, available: 42);

        (line.Charged, line.Uncollected, line.Carry).ShouldBe((42, 8, new ExactAmount(0, 1)));
    }

    [Theory]
    [InlineData(PayoutState.Queued, true, true, PayoutStep.Send)]
    [InlineData(PayoutState.Queued, true, false, PayoutStep.Wait)]
    [InlineData(PayoutState.Queued, false, true, PayoutStep.Block)]
    [InlineData(PayoutState.Blocked, false, true, PayoutStep.Wait)]
    [InlineData(PayoutState.Blocked, true, true, PayoutStep.Unblock)]
    [InlineData(PayoutState.Sending, true, true, PayoutStep.Ask)]
    [InlineData(PayoutState.Unknown, false, false, PayoutStep.Ask)]
    [InlineData(PayoutState.Paid, true, true, PayoutStep.None)]
    [InlineData(PayoutState.Failed, true, true, PayoutStep.None)]
    [InlineData(PayoutState.Netted, true, true, PayoutStep.None)]
    [InlineData(PayoutState.Reversed, true, true, PayoutStep.None)]
    [InlineData(PayoutState.SetAside, true, true, PayoutStep.None)]
    public void A_payout_that_may_have_been_sent_is_asked_for_and_never_just_sent(
        PayoutState state, bool cleared, bool covered, PayoutStep step) =>
        PayoutDecision.Next(new PayoutFacts(state, cleared, covered, null, default)).ShouldBe(step);

    [Fact]
    public void A_state_that_is_not_known_is_refused_and_never_paid_out() =>
        Should.Throw<ArgumentOutOfRangeException>(() =>
            PayoutDecision.Next(new PayoutFacts((PayoutState)99, true, true, null, default)));

    [Theory]
    [InlineData(1_000, 0, 1, 1_000, 0)]
    [InlineData(1_000, 300, 1, 700, 300)]
    [InlineData(1_000, 1_000, 1, 0, 1_000)]
    [InlineData(1_000, long.MaxValue, 1, 0, 1_000)]
    [InlineData(1_000, -50, 1, 1_000, 0)]
    [InlineData(1_237, 0, 10, 1_230, 0)]
    [InlineData(1_000, 3, 10, 990, 3)]
    [InlineData(10, 5, 10, 0, 5)]
    public void What_a_payee_owes_by_now_is_taken_out_of_what_was_queued_and_whole_steps_are_sent(
        long queued, long debt, long step, long sent, long settled) =>
        PayoutDecision.Net(queued, debt, step).ShouldBe(new PayoutNet(sent, settled, queued - sent - settled));

    [Theory]
    [InlineData(1_237, 0, 1, 0, 1_230)]
    [InlineData(1_237, 7, 10, 7, 1_230)]
    [InlineData(7, 0, 1, 0, 0)]
    [InlineData(1_237, 0, 2_000, 0, 0)]
    public void What_is_paid_out_is_in_steps_and_the_rest_stays_payable(long payable, long debt, long least, long settled, long due) =>
        OwedStep.Of(payable, debt, least, step: 10).ShouldBe(new OwedStep(settled, due));

    [Theory]
    [InlineData(0, AbsentStep.ResendSameKey)]
    [InlineData(22, AbsentStep.ResendSameKey)]
    [InlineData(23, AbsentStep.Wait)]
    [InlineData(24, AbsentStep.Wait)]
    [InlineData(25, AbsentStep.NewAttempt)]
    public void A_key_protects_for_its_life_and_nothing_is_sent_around_its_end(int hours, AbsentStep step) =>
        PayoutDecision.WhenAbsent(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(hours)).ShouldBe(step);

    private static RoyaltyRule Nested() => new(
        [new(5_000, Ada), new(5_000, Group: "band")],
        Groups(("band", [new(8_000, Ben), new(2_000, Cleo)])));

    private static Dictionary<string, IReadOnlyList<SplitPart>> Groups(params (string Name, SplitPart[] Parts)[] groups) =>
        groups.ToDictionary(g => g.Name, g => (IReadOnlyList<SplitPart>)g.Parts);

    private static bool Same(ExactAmount left, ExactAmount right) =>
        left.Numerator * right.Denominator == right.Numerator * left.Denominator;

    private static OrganisationId Org(int n) => new(new Guid(n, 0, 0, new byte[8]));
}
