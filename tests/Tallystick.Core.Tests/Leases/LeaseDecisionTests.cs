using Tallystick.Core.Amounts;
using Tallystick.Core.Leases;
using Tallystick.Core.Offers;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Leases;

public sealed class LeaseDecisionTests
{
    private static readonly Price FiveCentsPerMegabyte = new(new Money(5, Currency.Usd), Meter.BytesDelivered, 1_000_000);

    [Fact]
    public void A_wallet_covers_as_many_bytes_as_its_cents_buy()
    {
        var step = LeaseDecision.Decide(new(0, 0, FiveCentsPerMegabyte, null), new(0, 0, 100_000_000), 7, 1_000_000_000);

        step.ShouldBe(new LeaseStep(1_400_000, null));
    }

    [Fact]
    public void An_empty_wallet_grants_nothing_and_says_so()
    {
        var step = LeaseDecision.Decide(new(1_400_000, 0, FiveCentsPerMegabyte, null), new(1_400_000, 1_400_000, 2_000_000), 0, 1_000_000);

        step.ShouldBe(new LeaseStep(0, LeaseDecision.WalletEmpty));
    }

    [Fact]
    public void Bytes_that_the_last_cent_already_pays_are_granted_without_another_cent()
    {
        // 100 000 bytes cost half a cent, which was rounded up to one when it was held: the other half is still good.
        var step = LeaseDecision.Decide(new(100_000, 0, FiveCentsPerMegabyte, null), new(100_000, 100_000, 500_000), 0, 1_000_000);

        step.ShouldBe(new LeaseStep(100_000, null));
    }

    [Fact]
    public void A_limit_of_uses_is_never_passed()
    {
        LeaseDecision.Decide(new(8, 0, null, 10), new(3, 3, 100), 0, 1_000).ShouldBe(new LeaseStep(2, null));
        LeaseDecision.Decide(new(10, 0, null, 10), new(3, 3, 100), 0, 1_000).ShouldBe(new LeaseStep(0, LeaseDecision.UsesExhausted));
    }

    [Fact]
    public void A_gate_holds_no_more_undelivered_than_one_step()
    {
        LeaseDecision.Decide(new(0, 0, null, 1_000), new(0, 0, 900), 0, 50).ShouldBe(new LeaseStep(50, null));
        LeaseDecision.Decide(new(50, 0, null, 1_000), new(50, 20, 900), 0, 50).ShouldBe(new LeaseStep(20, null));
        LeaseDecision.Decide(new(50, 0, null, 1_000), new(50, 0, 900), 0, 50).ShouldBe(new LeaseStep(0, null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Gates_that_crash_return_and_bill_never_overdraw_the_wallet_or_pass_the_limit(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            Simulate(random);
        }
    }

    [Fact]
    public void A_half_cent_that_the_order_of_runs_rounded_down_is_held_with_the_carry()
    {
        // Half a cent a unit, four units granted: two units cost 1, the third 0.5, which is drawn later, not now.
        var price = new Price(new Money(1, Currency.Usd), Meter.BytesDelivered, 2);
        var first = ChargeLine.Of(price, 2, ExactAmount.Zero, 2);
        var second = ChargeLine.Of(price, 1, first.Carry, 2 - first.Charged);
        (first.Charged, second.Charged).ShouldBe((1, 0));

        var credit = new LicenceCredit(4, 3, price, null);

        (credit.Held, second.Carry.Ceiling()).ShouldBe((1, 1), "half a cent for the fourth unit, half a cent of the third");
        var available = 1 - credit.Held - second.Carry.Ceiling();
        // One cent is left: half for the fourth unit, half for what was carried, and none for a fifth.
        LeaseDecision.Decide(credit, new(4, 4, 100), available, 100).ShouldBe(new LeaseStep(0, LeaseDecision.WalletEmpty));
    }

    [Fact]
    public void Ahead_of_need_a_gate_takes_a_quarter_and_leaves_the_rest_to_others()
    {
        var first = LeaseDecision.Decide(new(0, 0, FiveCentsPerMegabyte, null), new(0, 0, 64_000_000, 10_000), 100, 1_000_000_000);
        first.ShouldBe(new LeaseStep(5_000_000, null));

        // It holds its quarter: asking again gives nothing more, and nothing is exhausted.
        LeaseDecision.Decide(new(5_000_000, 0, FiveCentsPerMegabyte, null), new(5_000_000, 0, 64_000_000, 10_000), 75, 1_000_000_000)
            .ShouldBe(new LeaseStep(0, null));
        LeaseDecision.Decide(new(0, 0, null, 10), new(0, 0, 64, 1), 0, 1_000).ShouldBe(new LeaseStep(2, null));
    }

    [Fact]
    public void What_is_needed_is_granted_to_the_last_cent_and_what_is_missing_is_told_at_once()
    {
        LeaseDecision.Decide(new(0, 0, FiveCentsPerMegabyte, null), new(0, 0, 64_000_000, 1_400_000), 7, 1_000_000_000)
            .ShouldBe(new LeaseStep(1_400_000, null));
        LeaseDecision.Decide(new(0, 0, FiveCentsPerMegabyte, null), new(0, 0, 64_000_000, 1_400_001), 7, 1_000_000_000)
            .ShouldBe(new LeaseStep(1_400_000, LeaseDecision.WalletEmpty));
        LeaseDecision.Decide(new(8, 0, null, 10), new(3, 3, 100, 7), 0, 1_000)
            .ShouldBe(new LeaseStep(2, LeaseDecision.UsesExhausted));
    }

    // Leases hold what is outstanding, carries what rounding left over.
    private static long Held(LicenceCredit credit, ExactAmount carry) => credit.Held + Math.Max(0, carry.Ceiling());

    private static LeaseAsk Ask(Random random, (long Leased, long Spent) gate)
    {
        var wanted = gate.Spent + random.Next(50_000);
        return new(gate.Leased, gate.Spent, wanted, random.Next(2) == 0 ? null : random.NextInt64(wanted + 1));
    }

    private static void Simulate(Random random)
    {
        // Coarse and fine prices: ties of half a cent are common in the first.
        var per = random.Next(2) == 0 ? random.Next(1, 10) : random.Next(1, 2_000);
        var price = new Price(new Money(random.Next(1, 9), Currency.Usd), Meter.BytesDelivered, per);
        long? most = random.Next(2) == 0 ? random.Next(1, 100_000) : null;
        var (balance, billed, carry) = ((long)random.Next(0, 2_000), 0L, ExactAmount.Zero);
        var credit = new LicenceCredit(0, 0, price, most);
        var gates = new (long Leased, long Spent)[3];
        for (var action = 0; action < 60; action++)
        {
            ref var gate = ref gates[random.Next(gates.Length)];
            switch (random.Next(5))
            {
                case 0 or 1:
                    var step = LeaseDecision.Decide(
                        credit, Ask(random, gate), balance - Held(credit, carry), 20_000);
                    credit = credit with { GrantedTotal = credit.GrantedTotal + step.Extra };
                    gate.Leased += step.Extra;
                    break;
                case 2:
                    gate.Spent += random.NextInt64(gate.Leased - gate.Spent + 1);
                    break;
                case 3:
                    credit = credit with { GrantedTotal = credit.GrantedTotal - (gate.Leased - gate.Spent) };
                    gate.Leased = gate.Spent;
                    break;
                default:
                    // Billing as it is run: each line rounds once over what it costs and what was carried into it.
                    var used = gates.Sum(g => g.Spent);
                    var line = ChargeLine.Of(price, used - billed, carry, balance);
                    line.Uncollected.ShouldBe(0, "the wallet pays all that was delivered");
                    (balance, billed, carry) = (balance - line.Charged, used, line.Carry);
                    credit = credit with { BilledTotal = used };
                    break;
            }

            // At an exact half the hold may be one higher than what is left to be drawn.
            (balance - Held(credit, carry)).ShouldBeGreaterThanOrEqualTo(-1);
            credit.GrantedTotal.ShouldBeLessThanOrEqualTo(most ?? long.MaxValue);
            gates.Sum(g => g.Spent).ShouldBeLessThanOrEqualTo(credit.GrantedTotal);
        }
    }
}
