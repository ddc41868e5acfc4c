using Tallystick.Server.Tests.Payouts.Simulation;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>
/// The real decisions and postings, driven by a seed against a model of store and gateway: purchases, top-ups and refunds, also
/// in the gateway's dashboard and after a sale was shared; licences that are taken back; disputes that are lost, won after all and opened again; gates that restart, lose their logs and
/// lie; rules that change in the middle of a period; fractions of a cent; accounts that are blocked and replaced. News come late,
/// repeated and out of order, and processes are killed between any two transactions. A thousand seeds, each played four times,
/// seventy-two steps a play.
/// </summary>
public sealed class MoneySimulationTests
{
    private const int Seeds = 1_000;

    [Fact]
    public void No_cent_is_created_lost_or_paid_twice_and_nobody_pays_for_what_another_tenant_does()
    {
        var (quarantined, revoked, notCovered, borne) = (0, 0, 0, 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var (all, alone) = (Of(new(seed)), Of(new(seed, HasCrowd: false)));
            quarantined += all.Tenants.Sum(t => t.Gates.Quarantined);
            (revoked, notCovered, borne) = (revoked + all.Sales.Revoked, notCovered + all.Sales.NotCovered, borne + all.Sales.RefundsBorne);
            foreach (var (buyer, had) in alone.Outcome.Buyers)
            {
                all.Outcome.Buyers[buyer].ShouldBe(had, $"seed {seed}: a bystander's wallet");
            }

            foreach (var (payee, had) in alone.Outcome.Payees)
            {
                // Of a cent that cannot be split the platform, who shares in both, may have had its turn here and not there.
                Math.Abs(all.Outcome.Payees[payee] - had).ShouldBeLessThanOrEqualTo(
                    1 + all.Outcome.Losses, $"seed {seed}: a bystander's earnings");
            }
        }

        quarantined.ShouldBeGreaterThan(Seeds, "lies were told");
        Math.Min(revoked, Math.Min(notCovered, borne)).ShouldBeGreaterThan(100, "sales were taken back in every way");
    }

    [Fact]
    public void What_was_delivered_is_paid_to_its_payees_whether_bad_news_come_before_a_run_or_after_it()
    {
        var same = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            // Every second seed sells by usage only: there not one unit may differ.
            var play = new Play(seed, BadNews.BeforeRuns, SellsOnce: seed % 2 == 0);
            var (before, after) = (new MoneyWorld(play), new MoneyWorld(play with { News = BadNews.AfterRuns }));
            if (!AreTheSame(before, after, $"{play}"))
            {
                continue;
            }

            same++;
            // What is shared and then lost, and what is lost before it is shared, each is exact to within a unit.
            var most = play.SellsOnce ? 1 + before.Outcome.Losses + after.Outcome.Losses : 0;
            foreach (var (payee, had) in before.Outcome.Payees)
            {
                Math.Abs(after.Outcome.Payees[payee] - had).ShouldBeLessThanOrEqualTo(most, $"{play}: {payee}");
            }
        }

        same.ShouldBeGreaterThan(Seeds * 95 / 100);
    }

    /// <summary>
    /// After each period everybody has the same in both plays. Now and then holds, each rounded up, come to a cent more than
    /// the wallet, and a cent of a debt is collected in one play and not yet in the other: from then on buyers who look at
    /// their wallet do other things, and there is nothing more to compare.
    /// </summary>
    private static bool AreTheSame(MoneyWorld before, MoneyWorld after, string play)
    {
        for (var step = 0; step < MoneyWorld.Steps; step++)
        {
            Try(before, step, w => w.Step(step));
            Try(after, step, w => w.Step(step));
            foreach (var buyer in before.Tenants.SelectMany(t => t.Buyers))
            {
                var (one, other) = (before.Runs.Balance(buyer), after.Runs.Balance(buyer));
                if (step % MoneyWorld.StepsOfAPeriod != MoneyWorld.StepsOfAPeriod - 1)
                {
                    continue;
                }

                MoneyChecks.BuyerOf(after, buyer).ShouldBe(MoneyChecks.BuyerOf(before, buyer), $"{play}, step {step}: {buyer}");
                Math.Abs(one - other).ShouldBeLessThanOrEqualTo(1, $"{play}, step {step}: {buyer}");
                if (one != other)
                {
                    return false;
                }
            }
        }

        Try(before, MoneyWorld.Steps, w => w.End());
        Try(after, MoneyWorld.Steps, w => w.End());
        return true;
    }

    private static MoneyWorld Of(Play play)
    {
        var world = new MoneyWorld(play);
        for (var step = 0; step < MoneyWorld.Steps; step++)
        {
            var now = step;
            Try(world, step, w => w.Step(now));
        }

        Try(world, MoneyWorld.Steps, w => w.End());
        return world;
    }

    private static void Try(MoneyWorld world, int step, Action<MoneyWorld> act)
    {
        try
        {
            act(world);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{world.Play}, step {step}: {failure.Message}", failure);
        }
    }
}
