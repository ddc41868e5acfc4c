using Tallystick.Core.Budgets;

namespace Tallystick.Core.Tests.Budgets;

public sealed class BudgetTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly Budget Minute = new(60, TimeSpan.FromMinutes(1));

    [Fact]
    public void A_whole_budget_is_spent_at_once_and_comes_back_steadily()
    {
        var state = 0L;
        for (var i = 0; i < 60; i++)
        {
            var spent = Minute.Spend(state, 1, Start);
            spent.Fits.ShouldBeTrue();
            state = spent.WholeAt;
        }

        var refused = Minute.Spend(state, 1, Start);
        var later = Minute.Spend(state, 1, Start.AddSeconds(1));

        refused.ShouldBe(new(false, state, TimeSpan.FromSeconds(1)));
        later.Fits.ShouldBeTrue();
        Minute.Spend(later.WholeAt, 1, Start.AddSeconds(1)).Fits.ShouldBeFalse();
        Minute.Spend(state, 60, Start.AddMinutes(1)).Fits.ShouldBeTrue();
    }

    [Fact]
    public void A_clock_that_is_set_back_by_a_day_holds_nobody_off_for_a_day()
    {
        var spent = Minute.Spend(0, 60, Start).WholeAt;
        var yesterday = Start.AddDays(-1);

        var refused = Minute.Spend(spent, 1, yesterday);

        refused.Fits.ShouldBeFalse();
        refused.Wait.ShouldBe(TimeSpan.FromSeconds(1));
        Minute.Spend(refused.WholeAt, 1, yesterday.AddSeconds(1)).Fits.ShouldBeTrue();
    }

    [Fact]
    public void More_than_all_never_fits_and_nothing_always_does()
    {
        Minute.Spend(0, 61, Start).ShouldBe(new(false, 0, null));
        var all = Minute.Spend(0, 60, Start).WholeAt;
        Minute.Spend(all, 0, Start).Fits.ShouldBeTrue();
    }

    [Fact]
    public void However_it_is_spent_no_window_gives_more_than_the_budget_and_what_came_back()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var budget = new Budget(random.NextInt64(1, 1L << 40), TimeSpan.FromSeconds(random.Next(1, 86_400)));
            var (state, now, spent, tries) = (0L, Start, (Int128)0, random.Next(1, 60));
            for (var i = 0; i < tries; i++)
            {
                now = now.AddMilliseconds(random.Next(5_000));
                var amount = random.NextInt64(0, Math.Max(2, budget.Most / random.Next(1, 20)));
                var spending = budget.Spend(state, amount, now);
                state = spending.WholeAt;
                spent += spending.Fits ? amount : 0;
                if (spending is { Fits: false, Wait: { } until })
                {
                    // What it says is true: not before, but then.
                    budget.Spend(state, amount, now + until).Fits.ShouldBeTrue($"seed {seed}");
                    budget.Spend(state, amount, now + until - TimeSpan.FromTicks(1)).Fits.ShouldBeFalse($"seed {seed}");
                }
            }

            // Each try rounds by less than a tick's worth.
            var back = (Int128)budget.Most * (now - Start).Ticks / budget.Period.Ticks;
            (spent <= budget.Most + back + (tries * ((budget.Most / budget.Period.Ticks) + 1))).ShouldBeTrue($"seed {seed}");
        }
    }

    [Fact]
    public void Whoever_spends_stays_known_among_many_and_memory_stays_bounded()
    {
        var states = new BudgetStates<int>(100);
        for (var i = 0; i < 60; i++)
        {
            states.Spend(-1, Minute, 1, Start).Fits.ShouldBeTrue();
        }

        for (var stranger = 0; stranger < 10_000; stranger++)
        {
            states.Spend(stranger, Minute, 1, Start);
            if (stranger % 50 == 0)
            {
                states.Spend(-1, Minute, 1, Start).Fits.ShouldBeFalse();
            }

            states.Count.ShouldBeLessThanOrEqualTo(200);
        }
    }
}
